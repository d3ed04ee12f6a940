import { useEffect, useRef, useState } from "react";
import { toast } from "../state/toasts";
import { Button, IconButton } from "./Button";

/** Put a text on the clipboard. False where the browser forbids it. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // pages without TLS, other than on this machine, have no clipboard
  }
}

/** A button that copies. With `children` a whole button, else an icon. `text` may be made when it is asked for. */
export function CopyButton({
  text,
  label = "Copy",
  children,
}: {
  text: string | (() => string | Promise<string>);
  label?: string;
  children?: string;
}) {
  const [done, setDone] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  async function copy() {
    const content = typeof text === "string" ? text : await text();
    if (await copyText(content)) {
      setDone(true);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => setDone(false), 1500);
    } else {
      toast("The browser does not let this page use the clipboard. Select the text and copy it by hand.", {
        kind: "error",
      });
    }
  }

  const icon = done ? "check" : "copy";
  return children ? (
    <Button icon={icon} title={label} onClick={() => void copy()}>
      {done ? "Copied" : children}
    </Button>
  ) : (
    <IconButton icon={icon} label={done ? "Copied" : label} onClick={() => void copy()} />
  );
}
