/** JSON, as the API sends it. Whole numbers that a `number` cannot hold are bigints. */

export type Json = null | boolean | number | bigint | string | Json[] | { [key: string]: Json };
export type Branch = Json[] | { [key: string]: Json };

export function isBranch(value: Json): value is Branch {
  return typeof value === "object" && value !== null;
}

/** `[3]` or `{2}`: how many things a branch holds. */
export function sizeOf(value: Branch): string {
  return Array.isArray(value) ? `[${value.length}]` : `{${Object.keys(value).length}}`;
}

/** Whether there is more inside than so many values. */
export function hasMore(value: Json, than: number): boolean {
  const left: Json[] = [value];
  let seen = 0;
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    seen += 1;
    if (seen > than + 1) return true;
    if (isBranch(next)) {
      const children = Object.values(next) as Json[];
      if (children.length > than) return true;
      left.push(...children);
    }
  }
  return false;
}

/** Whether a name or a value inside has the text, in lower case. */
export function holds(value: Json, wanted: string): boolean {
  const left: Json[] = [value]; // not by recursion: what comes from outside may be nested deeper than the stack
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (Array.isArray(next)) {
      for (const child of next) left.push(child);
    } else if (isBranch(next)) {
      for (const [key, child] of Object.entries(next)) {
        if (key.toLowerCase().includes(wanted)) return true;
        left.push(child);
      }
    } else if (String(next).toLowerCase().includes(wanted)) return true;
  }
  return false;
}

/** The JSON that a text is, or the text itself. */
export function parsed(text: string): Json {
  try {
    return read(text);
  } catch {
    return text;
  }
}

/** So many digits may be a whole number beyond 2^53, of which `JSON.parse` makes another one. */
const LONG = /\d{16}/;
const WHOLE = /(?<![\w.+-])-?[1-9]\d{15,4000}(?![\w.])/g;
/** Begins the texts that stand for such numbers while the browser reads or writes them; nobody else can know it. */
const NONCE = `${crypto.getRandomValues(new Uint32Array(4)).join("-")} `;
const WRITTEN = new RegExp(`"${NONCE}(-?\\d+)"`, "g");

/** What a text holds, its whole numbers exactly as they came. Throws a `SyntaxError` where it is no JSON. */
export function read(text: string): Json {
  if (!LONG.test(text)) return JSON.parse(text) as Json;
  const named = withNamedNumbers(text);
  const value = JSON.parse(named) as Json;
  return named === text ? value : withNumbers(value);
}

/** The text with such numbers as strings. Strings, in which digits are digits, are left alone. */
function withNamedNumbers(text: string): string {
  const pieces: string[] = [];
  for (let from = 0; from < text.length; ) {
    const quote = text.indexOf('"', from);
    const outside = text.slice(from, quote < 0 ? text.length : quote);
    pieces.push(
      outside.length < 16
        ? outside
        : outside.replace(WHOLE, (digits) => (Number.isSafeInteger(Number(digits)) ? digits : `"${NONCE}${digits}"`)),
    );
    if (quote < 0) break;
    const end = endOfString(text, quote);
    pieces.push(text.slice(quote, end));
    from = end;
  }
  return pieces.join("");
}

/** The place behind the string that begins at `quote`. */
function endOfString(text: string, quote: number): number {
  for (let at = text.indexOf('"', quote + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text[at - 1 - slashes] === "\\") slashes += 1;
    if (slashes % 2 === 0) return at + 1;
  }
  return text.length;
}

/** In place: a value that was only just read belongs to nobody else. */
function withNumbers(value: Json): Json {
  const top = { value };
  const left: Branch[] = [top];
  for (let branch = left.pop(); branch; branch = left.pop()) {
    const fields = branch as Record<string, Json>;
    for (const name of Object.keys(fields)) {
      const child = fields[name] as Json;
      if (isBranch(child)) left.push(child);
      else if (typeof child === "string" && child.startsWith(NONCE)) fields[name] = BigInt(child.slice(NONCE.length));
    }
  }
  return top.value;
}

/** JSON as text, with whole numbers as they came. */
export function written(value: unknown, indent = 0): string {
  try {
    return JSON.stringify(value, null, indent);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // the browser writes no bigint
    const named = (_: string, child: unknown) => (typeof child === "bigint" ? NONCE + child : child);
    return JSON.stringify(value, named, indent).replace(WRITTEN, "$1");
  }
}

/** The place of a value in what holds it, as programs name it: `messages[0].content`. */
export function pathTo(names: readonly (string | number)[]): string {
  return names
    .map((name, at) => {
      if (typeof name === "number") return `[${name}]`;
      if (!/^[A-Za-z_$][\w$]*$/.test(name)) return `[${JSON.stringify(name)}]`;
      return at === 0 ? name : `.${name}`;
    })
    .join("");
}
