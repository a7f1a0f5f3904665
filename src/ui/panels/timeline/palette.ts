/** A canvas cannot read `light-dark()`: the colours are taken from an element that shows them. */
export function resolveColours<Name extends string>(
  beside: HTMLElement,
  names: Readonly<Record<Name, string>>,
): Record<Name, string> {
  const probe = document.createElement('span');
  probe.hidden = true;
  beside.after(probe);
  const resolved = Object.fromEntries(
    Object.entries(names).map(([name, property]) => {
      probe.style.color = `var(${property})`;
      return [name, getComputedStyle(probe).color];
    }),
  );
  probe.remove();
  return resolved as Record<Name, string>;
}
