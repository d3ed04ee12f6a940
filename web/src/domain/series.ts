/** Values over time, made ready to be drawn. */

/** Each series on top of those after it: the first reaches up to the sum of all, and is to be drawn first. */
export function stacked(series: readonly (readonly (number | null)[])[]): (number | null)[][] {
  const length = series[0]?.length ?? 0;
  const sums = new Array<number>(length).fill(0);
  const piles: (number | null)[][] = [];
  for (const values of [...series].reverse()) {
    for (let at = 0; at < length; at += 1) sums[at] = (sums[at] ?? 0) + (values[at] ?? 0);
    piles.push([...sums]);
  }
  return piles.reverse();
}

/** Which of the piled series is drawn at this height; null above all of them. Each reaches down to the next one's top. */
export function pileAt(tops: readonly (number | null | undefined)[], height: number): number | null {
  let found: number | null = null;
  for (const [place, top] of tops.entries()) if (top !== null && top !== undefined && top >= height) found = place;
  return found;
}
