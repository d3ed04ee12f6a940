import { useMemo } from "react";
import type { SpanContent } from "../../api/trace";
import { Conversation, saidIn } from "../../parts/span/Conversation";

/** Input and output of a span of a shared trace. */
export default function Said({ content, type }: { content: SpanContent | undefined; type: string }) {
  const said = useMemo(
    () =>
      saidIn({
        input: content?.input ?? null,
        output: content?.output ?? null,
        reasoning: content?.reasoning ?? null,
        tool_calls: content?.tool_calls ?? null,
        completion_messages: content?.completion_messages ?? null,
        log_type: type,
      }),
    [content, type],
  );
  return <Conversation said={said} />;
}
