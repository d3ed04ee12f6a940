/** Values over time in the height of a line. `label` says in words what it shows. */
export function Sparkline({
  values,
  label,
  color = "--series-1",
  width = 96,
  height = 20,
}: {
  values: readonly (number | null)[];
  label: string;
  color?: string;
  width?: number;
  height?: number;
}) {
  const most = Math.max(...values.map((value) => value ?? 0), 0) || 1;
  const step = values.length > 1 ? (width - 2) / (values.length - 1) : 0;
  const points = values.map((value, at) => `${1 + at * step},${height - 2 - ((value ?? 0) / most) * (height - 4)}`);
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <polygon
        points={`1,${height - 1} ${points.join(" ")} ${1 + step * (values.length - 1)},${height - 1}`}
        style={{ fill: `var(${color})`, opacity: 0.16 }}
      />
      <polyline points={points.join(" ")} fill="none" style={{ stroke: `var(${color})` }} strokeWidth="1.5" />
    </svg>
  );
}
