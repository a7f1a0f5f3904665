import type { ButtonHTMLAttributes } from 'react';
import styles from './Button.module.css';
import { Icon, type IconName } from './icons.tsx';

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: 'plain' | 'outlined' | 'primary' | 'danger';
  readonly icon?: IconName;
  /** Spoken and shown on hover; needed when there is no text. */
  readonly label?: string;
  readonly small?: boolean;
}

export function Button({ look = 'outlined', icon, label, small, className, children, ...rest }: ButtonProps) {
  const classes = [
    styles.button,
    styles[look],
    small && styles.small,
    children === undefined && styles.square,
    className,
  ];
  return (
    <button type="button" aria-label={label} title={label} className={classes.filter(Boolean).join(' ')} {...rest}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
}
