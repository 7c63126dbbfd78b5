/** Strokes of each sign in a field of 20 by 20. */
const PATHS = {
  agents:
    'M10 3v2M6 5.5h8a2 2 0 0 1 2 2v5a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2v-5a2 2 0 0 1 2-2ZM7.75 9v1.5M12.25 9v1.5M7 17h6',
  connections:
    'M8.5 11.5a3.25 3.25 0 0 0 4.6 0l2.6-2.6a3.25 3.25 0 0 0-4.6-4.6L10 5.4M11.5 8.5a3.25 3.25 0 0 0-4.6 0l-2.6 2.6a3.25 3.25 0 0 0 4.6 4.6l1.1-1.1',
  servers:
    'M4 4.5h12a1 1 0 0 1 1 1v3a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-3a1 1 0 0 1 1-1ZM4 10.5h12a1 1 0 0 1 1 1v3a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-3a1 1 0 0 1 1-1ZM6 7h.01M6 13h.01',
  receipts: 'M5 2.5h10v15l-2.5-1.6-2.5 1.6-2.5-1.6L5 17.5v-15ZM8 6.5h4M8 9.5h4M8 12.5h2',
  policies: 'M10 2.5 16.5 5v4.5c0 3.8-2.6 6.6-6.5 8-3.9-1.4-6.5-4.2-6.5-8V5L10 2.5ZM7.25 10l2 2 3.5-3.75',
  people:
    'M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2.5 16.5a5 5 0 0 1 10 0M13 3.8a3 3 0 0 1 0 5.4M14.75 12.2a5 5 0 0 1 2.75 4.3',
  keys: 'M12.5 11.5a4.25 4.25 0 1 0-4-2.8L3 14.2V17h2.75v-2h2v-2l1.8-1.8a4.2 4.2 0 0 0 2.95.3ZM13.5 6.5h.01',
  settings: 'M3 5.5h7M14 5.5h3M12 3.5v4M3 14.5h3M10 14.5h7M8 12.5v4M3 10h9M16 10h1M14 8v4',
  search: 'M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM13 13l4 4',
  menu: 'M3 5.5h14M3 10h14M3 14.5h14',
  person: 'M10 9.5a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5ZM3.75 17a6.25 6.25 0 0 1 12.5 0',
  copy: 'M7.5 7.5h8a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-8a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1ZM4.5 12.5h-1v-9h9v1',
  done: 'M4 10.5 8 14.5 16 5.5',
} as const;

export type IconName = keyof typeof PATHS;

/** A sign beside a word; it never stands for one, so it is hidden from whoever has things read out. */
export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" aria-hidden="true" className="shrink-0" fill="none">
      <path
        d={PATHS[name]}
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
