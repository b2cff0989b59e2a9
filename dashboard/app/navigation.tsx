import { Link, useLocation } from 'wouter';
import { Icon, type IconName } from '../design/icon.tsx';

interface Place {
  path: string;
  label: string;
  icon: IconName;
  /** Pages below it. */
  within: string;
}

const places: readonly Place[] = [
  { path: '/', label: 'Integrations', icon: 'plug', within: '/integrations/' },
  { path: '/verification', label: 'Verification', icon: 'shield', within: '/verification/' },
  { path: '/notifications', label: 'Notifications', icon: 'bell', within: '/notifications/' },
  { path: '/keys', label: 'API keys', icon: 'key', within: '/keys/' },
];

/** Where one can go in the organization: in the head of the page, on a phone at its foot. */
export function Navigation() {
  const [location] = useLocation();
  return (
    <nav className="navigation" aria-label="Organization">
      {places.map(({ path, label, icon, within }) => (
        <Link
          key={path}
          href={path}
          aria-current={location === path ? 'page' : location.startsWith(within) ? 'true' : undefined}
        >
          <Icon name={icon} />
          <span>{label}</span>
        </Link>
      ))}
    </nav>
  );
}
