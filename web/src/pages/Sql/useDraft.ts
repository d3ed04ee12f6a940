import { useEffect, useState } from "react";
import { useSession } from "../../api/session";

export interface Draft {
  text: string;
  /** As it is typed: there again after a reload, and for who looks at something else and comes back. */
  write(text: string): void;
  /** What is in the editor is not a draft any more, but run or chosen. */
  settle(text: string): void;
}

/** What stands in the editor: the query of the address, or what was made of it and not run yet. */
export function useDraft(query: string): Draft {
  const { member } = useSession();
  const key = `midspan-sql ${member?.email ?? ""}`;
  const [text, setText] = useState(() => kept(key, query));
  useEffect(() => setText(kept(key, query)), [key, query]);
  return {
    text,
    write(text) {
      sessionStorage.setItem(key, JSON.stringify({ query, text }));
      setText(text);
    },
    settle(text) {
      sessionStorage.removeItem(key);
      setText(text);
    },
  };
}

function kept(key: string, query: string): string {
  const draft: { query: string; text: string } | null = JSON.parse(sessionStorage.getItem(key) ?? "null");
  return draft?.query === query ? draft.text : query;
}
