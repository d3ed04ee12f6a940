import type { Span } from "../../api/client";
import { useApi } from "../../api/session";
import { wholeSpan } from "../../api/span";
import { callOf, curlOf, pythonOf } from "../../domain/openaiCall";
import { safeJson } from "../../domain/visible";
import { toast } from "../../state/toasts";
import { IconButton } from "../Button";
import { copyText } from "../Copy";
import { Menu, type MenuEntry } from "../Menu";

/** What can be taken from a span to somewhere else. */
export function CopyMenu({ id, whole }: { id: string; whole: Span | undefined }) {
  const scope = useApi();
  const call = whole ? callOf(whole) : null;

  async function copy(what: string, text: string | Promise<string>) {
    try {
      const content = await text;
      if (await copyText(content)) toast(`Copied ${what}.`, { kind: "ok" });
      else toast("The browser does not let this page use the clipboard.", { kind: "error" });
    } catch (error) {
      toast(`Not copied: ${error instanceof Error ? error.message : String(error)}`, { kind: "error" });
    }
  }

  const entries: MenuEntry[] = [
    ...(call
      ? ([
          { heading: "The call, to make it again" },
          { label: "As curl", icon: "command", onSelect: () => void copy("as curl", curlOf(call)) },
          {
            label: "As an OpenAI call in Python",
            icon: "command",
            onSelect: () => void copy("as Python", pythonOf(call)),
          },
          "line",
        ] satisfies MenuEntry[])
      : []),
    {
      label: "The whole span as JSON",
      icon: "copy",
      onSelect: () =>
        void copy(
          "as JSON",
          wholeSpan(scope, id).then((all) => safeJson(all)),
        ),
    },
    { label: "A link to this span", icon: "copy", onSelect: () => void copy("the link", location.href) },
    { label: "Its id", icon: "copy", detail: id.slice(0, 8), onSelect: () => void copy("the id", id) },
  ];
  return (
    <Menu
      label="Copy"
      align="end"
      entries={entries}
      trigger={(props) => <IconButton icon="copy" label="Copy …" {...props} />}
    />
  );
}
