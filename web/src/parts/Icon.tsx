import type { ReactNode } from "react";

/** The icons, drawn on 16 × 16 with one stroke. They say nothing to screen readers: what holds one has a name. */

const PATHS = {
  spans: <path d="M2 4h8M4.5 8h9M7 12h5" />,
  traces: <path d="M3 2.5v9A1.5 1.5 0 0 0 4.5 13H7M3 6h4M9 4.5h4.5v3H9zM9 11.5h4.5v3H9z" />,
  threads: <path d="M2.5 3.5h8v6h-5L3 11.5v-2h-.5zM13 6.5h.5v6H13v2l-2.5-2h-4" />,
  customers: <path d="M8 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM3 13.5c.4-2.3 2.4-3.5 5-3.5s4.6 1.2 5 3.5" />,
  dashboard: <path d="M2.5 13.5h11M4 11V7.5M7 11V3.5M10 11V6M13 11V4.5" />,
  sql: (
    <path d="M3 4c0-1 2.2-1.7 5-1.7S13 3 13 4 10.8 5.7 8 5.7 3 5 3 4ZM3 4v8c0 1 2.2 1.7 5 1.7s5-.7 5-1.7V4M3 8c0 1 2.2 1.7 5 1.7S13 9 13 8" />
  ),
  settings: (
    <path d="M2 4.5h6.5M12 4.5h2M2 11.5h2M7.5 11.5H14M10.2 6.2a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4ZM5.8 13.2a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4Z" />
  ),
  search: <path d="M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.3 10.3 14 14" />,
  command: <path d="M2.5 4.5 6 8l-3.5 3.5M8 12h5.5" />,
  close: <path d="m4 4 8 8M12 4l-8 8" />,
  check: <path d="m3 8.5 3.2 3L13 4.5" />,
  copy: <path d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3" />,
  down: <path d="m4 6 4 4 4-4" />,
  right: <path d="m6 4 4 4-4 4" />,
  left: <path d="m10 4-4 4 4 4" />,
  up: <path d="m4 10 4-4 4 4" />,
  sun: (
    <path d="M8 10.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9" />
  ),
  moon: <path d="M13.5 9.6A5.8 5.8 0 0 1 6.4 2.5a5.8 5.8 0 1 0 7.1 7.1Z" />,
  system: <path d="M2 3h12v8H2zM6 13.5h4M8 11v2.5" />,
  clock: <path d="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.2 1.6" />,
  refresh: <path d="M13.5 8a5.5 5.5 0 1 1-1.8-4.1M13.5 2v3h-3" />,
  columns: <path d="M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10" />,
  menu: <path d="M2.5 4h11M2.5 8h11M2.5 12h11" />,
  more: <path d="M3.5 8h.01M8 8h.01M12.5 8h.01" strokeWidth="2.2" />,
  play: <path d="M5 3.5v9l7-4.5z" />,
  pause: <path d="M5.5 3.5v9M10.5 3.5v9" />,
  alert: <path d="M8 2.5 14.5 13.5h-13zM8 6.5v3.2M8 11.7h.01" />,
  info: <path d="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 7.3v3.7M8 5.2h.01" />,
  ok: <path d="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM5.3 8.2l1.9 1.8 3.5-3.8" />,
  plus: <path d="M8 3v10M3 8h10" />,
  minus: <path d="M3 8h10" />,
  trash: <path d="M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.5 9h6l.5-9M7 7v4M9 7v4" />,
  edit: <path d="M3 13l.6-2.8L10.8 3l2.2 2.2-7.2 7.2zM9.3 4.5l2.2 2.2" />,
  external: <path d="M6.5 3.5h-3v9h9v-3M9 3h4v4M13 3 7.5 8.5" />,
  link: (
    <path d="M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2.2-2.2a2.6 2.6 0 0 0-3.7-3.7l-.7.7M9.2 6.8a2.6 2.6 0 0 0-3.7 0L3.3 9a2.6 2.6 0 0 0 3.7 3.7l.7-.7" />
  ),
  download: <path d="M8 2.5v7.5M5 7.5 8 10.5l3-3M3 13.5h10" />,
  filter: <path d="M2.5 3.5h11L9.5 8.5v4.5l-3-1.5v-3z" />,
  key: <path d="M5.5 10.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8.5 7.5H14M12 7.5v2.5" />,
  price: (
    <path d="M8 1.8v12.4M11 5c-.5-1-1.6-1.5-3-1.5-1.8 0-3 .8-3 2.1 0 3.2 6.2 1.5 6.2 4.6 0 1.4-1.3 2.3-3.2 2.3-1.5 0-2.7-.6-3.2-1.7" />
  ),
  members: (
    <path d="M6 7.5a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6ZM1.8 13c.3-2.1 2-3.3 4.2-3.3s3.9 1.2 4.2 3.3M10.4 3a2.3 2.3 0 0 1 0 4.4M11.8 10c1.4.4 2.2 1.5 2.4 3" />
  ),
  table: <path d="M2.5 3h11v10h-11zM2.5 6.5h11M2.5 9.7h11M6.5 6.5V13" />,
  chart: <path d="M2.5 2.5v11h11M5 10l2.7-3.2 2.2 1.7L13.5 4" />,
  pin: <path d="M6 2.5h4l-.5 4.5 2 2.5h-7l2-2.5zM8 9.5v4.5" />,
  star: <path d="m8 2.3 1.7 3.6 3.9.5-2.9 2.7.8 3.9L8 11.1 4.5 13l.8-3.9L2.4 6.4l3.9-.5z" />,
  user: <path d="M8 8a2.8 2.8 0 1 0 0-5.6A2.8 2.8 0 0 0 8 8ZM2.8 13.8c.5-2.3 2.6-3.6 5.2-3.6s4.7 1.3 5.2 3.6" />,
  out: <path d="M9.5 3v-.5h-7v11h7V13M6.5 8H14M11.5 5.5 14 8l-2.5 2.5" />,
  book: <path d="M3 2.5h7.5a2 2 0 0 1 2 2v9H5a2 2 0 0 1-2-2zM3 11.5a2 2 0 0 1 2-2h7.5" />,
  keyboard: <path d="M1.5 4h13v8h-13zM4 6.5h.01M6.7 6.5h.01M9.3 6.5h.01M12 6.5h.01M4.5 9.5h7" />,
  narrow: <path d="M2.5 3h11v10h-11zM6 3v10M11 6.5 9.5 8l1.5 1.5" />,
  wide: <path d="M2.5 3h11v10h-11zM6 3v10M9.5 6.5 11 8l-1.5 1.5" />,
  thumbUp: (
    <path d="M2.5 7h2.5v6H2.5zM5 7.5 7.5 2.5c1 0 1.7.7 1.5 1.7L8.6 6.5h4c.8 0 1.3.7 1.1 1.5l-1 4c-.2.6-.7 1-1.3 1H5" />
  ),
  thumbDown: (
    <path d="M13.5 9H11V3h2.5zM11 8.5 8.5 13.5c-1 0-1.7-.7-1.5-1.7l.4-2.3h-4c-.8 0-1.3-.7-1.1-1.5l1-4c.2-.6.7-1 1.3-1H11" />
  ),
  image: <path d="M2.5 3h11v10h-11zM2.5 11l3.2-3.2 2.6 2.6 1.7-1.7 3.5 3.3M10.5 6.2h.01" />,
  file: <path d="M4 2h5.5L12.5 5v9H4zM9.5 2v3h3" />,
  tool: (
    <path d="M10.2 2.6a3.4 3.4 0 0 0-3.9 4.6L2.6 10.9a1.6 1.6 0 0 0 2.3 2.3l3.7-3.7a3.4 3.4 0 0 0 4.6-3.9L11 7.8 8.2 7.6 8 4.8z" />
  ),
  thought: <path d="M5.5 10.5a4 4 0 1 1 5 0v1.5h-5zM6.3 14h3.4" />,
  model: <path d="M8 2.2 9.5 6.5 13.8 8 9.5 9.5 8 13.8 6.5 9.5 2.2 8 6.5 6.5z" />,
  agent: <path d="M3 6h10v7H3zM8 6V3.2M8 3.2h.01M5.8 9.2h.01M10.2 9.2h.01M1.5 8.5v2M14.5 8.5v2" />,
  workflow: <path d="M2.5 2.5h4v4h-4zM9.5 9.5h4v4h-4zM4.5 6.5v5h5" />,
  step: <path d="M3 8h8M8 4.5 11.5 8 8 11.5M13.5 3.5v9" />,
  shield: <path d="M8 2 13 3.8v4c0 3-2.1 5.2-5 6.2-2.9-1-5-3.2-5-6.2v-4zM5.8 8l1.6 1.5L10.4 6.4" />,
  embed: (
    <path
      d="M3 3.5h.01M8 3.5h.01M13 3.5h.01M3 8h.01M8 8h.01M13 8h.01M3 12.5h.01M8 12.5h.01M13 12.5h.01"
      strokeWidth="2.2"
    />
  ),
  swap: <path d="M2.5 5.5h10M10 3l2.5 2.5L10 8M13.5 10.5h-10M6 8l-2.5 2.5L6 13" />,
  sound: <path d="M3 6.5v3M5.5 4.5v7M8 2.5v11M10.5 5v6M13 6.5v3" />,
  dot: <path d="M8 10.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z" />,
  missing: <path d="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Z" strokeDasharray="2.2 2.2" />,
  circle: <path d="M13.2 6A5.5 5.5 0 0 0 3.4 4.9M2.8 10a5.5 5.5 0 0 0 9.8 1.1M3 2.3v2.9h2.9M13 13.7v-2.9h-2.9" />,
  foldAll: <path d="M8 1.5v4M5.8 3.5 8 5.7l2.2-2.2M8 14.5v-4M5.8 12.5 8 10.3l2.2 2.2M3 8h10" />,
  unfoldAll: <path d="M8 6V2M5.8 4.2 8 2l2.2 2.2M8 10v4M5.8 11.8 8 14l2.2-2.2M3 8h10" />,
  path: <path d="M2 12.5h4l4-9h4M12 1.5l2 2-2 2" />,
  zoomOut: <path d="M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.3 10.3 14 14M5 7h4" />,
  share: <path d="M8 10V2.5M5 5.3l3-2.8 3 2.8M3.5 8v5.5h9V8" />,
  coin: (
    <path d="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM9.8 6.2C9.4 5.5 8.8 5.2 8 5.2c-1 0-1.8.5-1.8 1.4 0 2 3.6.8 3.6 2.8 0 .9-.8 1.4-1.8 1.4-.8 0-1.5-.4-1.8-1M8 4.2v1M8 10.8v1" />
  ),
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      style={{ flex: "none" }}
    >
      {PATHS[name]}
    </svg>
  );
}

/** Midspan's own mark. */
export function Mark({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" style={{ flex: "none" }}>
      <rect width="32" height="32" rx="7" fill="#0f5b66" />
      <path d="M6 11h20M10 16.5h10M14 22h8" stroke="#fff" strokeWidth="3" strokeLinecap="round" fill="none" />
    </svg>
  );
}
