/** Line drawings on a field of 24 by 24. */
const paths = {
  alert: 'M12 9v4m0 3.5v.01M10.3 4.2 2.9 17a2 2 0 0 0 1.7 3h14.8a2 2 0 0 0 1.7-3L13.7 4.2a2 2 0 0 0-3.4 0Z',
  arrow: 'M5 12h14m-5-5 5 5-5 5',
  back: 'M15 6l-6 6 6 6',
  bell: 'M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 21h4',
  check: 'm5 12.5 4.5 4.5L19 7.5',
  chevron: 'm7 10 5 5 5-5',
  clock: 'M12 7v5l3 2m6-2a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z',
  close: 'm6 6 12 12M18 6 6 18',
  copy: 'M9 9h10v10H9zM5 15V5h10',
  download: 'M12 4v11m-4-4 4 4 4-4M5 20h14',
  external: 'M14 4h6v6m0-6-9 9m-2-7H5v13h13v-4',
  gate: 'M5 4v16m14-16v16M5 6h14M9 6v7h6V6M4 18q2.7-2 5.3 0t5.4 0 5.3 0',
  help: 'M9.5 9a2.6 2.6 0 1 1 3.6 2.4c-.8.4-1.1.9-1.1 1.8m0 3.3v.01M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z',
  hold: 'M8 5v14M16 5v14',
  info: 'M12 11v5m0-8.5v.01M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z',
  inbox: 'M3 13h5l1.5 3h5L16 13h5M5 5h14l2 8v6H3v-6z',
  key: 'M14 10a4 4 0 1 0-4 4l1.5-1.5L14 15l2 2v2h3v-3l-6-6Z',
  mail: 'M3 6h18v12H3zM3 7l9 6.5L21 7',
  person: 'M16 8a4 4 0 1 1-8 0 4 4 0 0 1 8 0ZM5 20c.8-3.6 3.6-5.5 7-5.5s6.2 1.9 7 5.5',
  plug: 'M9 3v5m6-5v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4',
  plus: 'M12 5v14M5 12h14',
  retry: 'M20 11a8 8 0 1 0-2.3 6M20 5v6h-6',
  search: 'm20 20-4.5-4.5M18 11a7 7 0 1 1-14 0 7 7 0 0 1 14 0Z',
  shield: 'M12 3 5 6v5c0 4.6 2.9 8.2 7 10 4.1-1.8 7-5.4 7-10V6zm-3.2 8.8 2.3 2.3 4.2-4.4',
  send: 'M4 12 20 4l-5 16-3.5-6.5z',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5m3-5v5',
  wave: 'M3 9q3-3 6 0t6 0 6 0M3 15q3-3 6 0t6 0 6 0',
} as const;

export type IconName = keyof typeof paths;

/** Beside words that say the same; alone in a button, the button has the name. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
