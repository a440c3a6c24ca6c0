import type { LucideIcon } from 'lucide-react';
import type { ButtonHTMLAttributes, ReactNode } from 'react';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: 'primary' | 'secondary' | 'quiet' | 'danger';
  size?: 'small' | 'normal' | 'large';
  icon?: LucideIcon;
  children: ReactNode;
}

export function Button({
  look = 'secondary',
  size = 'normal',
  icon: Icon,
  type = 'button',
  children,
  className = '',
  ...rest
}: ButtonProps) {
  return (
    <button type={type} className={`button ${look} ${size} ${className}`} {...rest}>
      {Icon && <Icon aria-hidden size={20} />}
      {children}
    </button>
  );
}
