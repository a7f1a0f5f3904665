import { useAct } from '../app/use-act.ts';
import type { Selection } from '../store/view.ts';
import { Button, type ButtonProps } from './Button.tsx';

interface ActButtonProps extends Omit<ButtonProps, 'onClick' | 'disabled'> {
  /** Id in app/acts.ts. */
  readonly id: string;
  readonly target?: Selection;
  /** Show only the icon; the label is spoken. */
  readonly iconOnly?: boolean;
}

/** A button that does an act of the table; its label and whether it can be pressed come from there. */
export function ActButton({ id, target, iconOnly, children, ...rest }: ActButtonProps) {
  const { act, isEnabled, run } = useAct(id, target);
  const key = act.keys?.[0];
  const hint = key === undefined ? act.label : `${act.label} (${key === ' ' ? 'Space' : key})`;
  return (
    <Button title={hint} aria-label={iconOnly ? act.label : undefined} disabled={!isEnabled} onClick={run} {...rest}>
      {iconOnly ? undefined : (children ?? act.label)}
    </Button>
  );
}
