import type { CreatedKey } from "../../api/organization";

/** A command that tries a key: what it may do decides which. `address` is where the server is reached. */
export function keyExample({ key, rights }: Pick<CreatedKey, "key" | "rights">, address: string): string {
  const authorization = `  -H "Authorization: Bearer ${key}"`;
  if (!rights.includes("ingest")) return `curl "${address}/api/request-logs/list/?page_size=1" \\\n${authorization}`;
  const body = {
    model: "gpt-4o-mini",
    input: "Say hello.",
    output: "Hello!",
    prompt_tokens: 4,
    completion_tokens: 2,
    customer_identifier: "first-try",
  };
  return [
    `curl ${address}/api/request-logs/create/ \\`,
    `${authorization} \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d '${JSON.stringify(body)}'`,
  ].join("\n");
}
