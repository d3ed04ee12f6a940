import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../../api/session";
import { ownTrace, share, type TraceHead, traceTree, type WholeTrace } from "../../api/trace";
import { Button } from "../../parts/Button";
import { CopyButton } from "../../parts/Copy";
import { Input } from "../../parts/Field";
import { Popover } from "../../parts/Popover";
import { BASE } from "../../state/base";
import { toast } from "../../state/toasts";
import styles from "./Sharing.module.css";

/** The public link of the trace: making it, copying it, ending it. */
export function Sharing({ head }: { head: TraceHead }) {
  const scope = useApi();
  const queries = useQueryClient();
  const [isBusy, setBusy] = useState(false);

  async function change(isPublic: boolean) {
    setBusy(true);
    try {
      const shared = await share(scope.api, head.id, isPublic);
      queries.setQueryData(
        traceTree(ownTrace(scope, head.id)).queryKey,
        (before: WholeTrace | undefined) =>
          before && { ...before, head: { ...before.head, is_public: isPublic, page_url: shared.page_url } },
      );
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), { kind: "error" });
    } finally {
      setBusy(false);
    }
  }

  return (
    <Popover
      label="Share the trace"
      align="end"
      trigger={(props) => (
        <Button icon={head.is_public ? "link" : "share"} {...props}>
          {head.is_public ? "Shared" : "Share"}
        </Button>
      )}
    >
      {() => (
        <div className={styles.sharing}>
          <h2>{head.is_public ? "Anybody with the link can read this trace" : "Share this trace"}</h2>
          {head.is_public && head.page_url ? (
            <>
              <div className={styles.link}>
                <Input
                  readOnly
                  aria-label="Public link"
                  value={linkOf(head.page_url)}
                  onFocus={(event) => event.target.select()}
                />
                <CopyButton text={linkOf(head.page_url)} label="Copy the link" />
              </div>
              <p className="muted">
                They see what is in its spans: inputs, outputs, metadata and the customer. Spans that are still to come,
                too. They do not see keys, and nothing else of yours.
              </p>
              <div className={styles.actions}>
                <a href={linkOf(head.page_url)} target="_blank" rel="noreferrer">
                  Open it
                </a>
                <Button kind="danger" disabled={isBusy} onClick={() => void change(false)}>
                  Stop sharing
                </Button>
              </div>
            </>
          ) : (
            <>
              <p className="muted">
                A public link shows this trace to anybody who has it, without signing in: inputs, outputs, metadata and
                the customer of each of its spans. It can be ended at any time.
              </p>
              <div className={styles.actions}>
                <Button kind="primary" icon="link" disabled={isBusy} data-autofocus onClick={() => void change(true)}>
                  Make a public link
                </Button>
              </div>
            </>
          )}
        </div>
      )}
    </Popover>
  );
}

/** Below the prefix under which this page is served, which the server does not know. */
function linkOf(page: string): string {
  const { pathname, search } = new URL(page);
  return `${location.origin}${BASE}${pathname.slice(pathname.indexOf("/shared/"))}${search}`;
}
