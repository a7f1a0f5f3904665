export function Logo() {
  return (
    <svg width="24" height="24" viewBox="0 0 24 24" fill="none" aria-hidden="true">
      <circle cx="12" cy="12" r="10.5" stroke="var(--line-strong)" />
      <circle cx="12" cy="12" r="6" stroke="var(--line-strong)" />
      <circle cx="12" cy="12" r="2.6" fill="var(--brand)" />
      <circle cx="18" cy="12" r="1.9" fill="var(--hue-controller-manager)" />
      <circle cx="4.6" cy="4.6" r="1.9" fill="var(--hue-etcd)" />
    </svg>
  );
}
