/** What to run to send a first span, as text with the address and the key filled in. */

export interface Snippet {
  id: string;
  title: string;
  /** What has to be there before. */
  install: string | null;
  code: string;
  /** How the code is run, where it is a file: its name, and the command. */
  run: { file: string; command: string } | null;
  /** A page of the documentation. */
  docs: string;
}

const PYTHON = { file: "first.py", command: "python first.py" };

/** `key`: a secret, or what stands in its place; null where the server asks for none. */
export function snippets(base: string, key: string | null): Snippet[] {
  const header = key === null ? "" : ` \\\n  -H "Authorization: Bearer ${key}"`;
  const pyHeaders = key === null ? "" : `\n    headers={"Authorization": "Bearer ${key}"},`;
  const jsAuthorization = key === null ? "" : `\n    Authorization: "Bearer ${key}",`;
  return [
    {
      id: "curl",
      title: "curl",
      install: null,
      run: null,
      docs: "create-span",
      code: `curl ${base}/api/request-logs/${header} \\
  -H "Content-Type: application/json" \\
  -d '{
    "model": "gpt-4o-mini",
    "input": [{"role": "user", "content": "Name a colour."}],
    "output": {"role": "assistant", "content": "Blue."},
    "prompt_tokens": 11,
    "completion_tokens": 2,
    "latency": 0.8,
    "customer_identifier": "ada"
  }'`,
    },
    {
      id: "python",
      title: "Python",
      install: "pip install openai httpx",
      run: PYTHON,
      docs: "create-span",
      code: `from datetime import UTC, datetime

import httpx
from openai import OpenAI

midspan = httpx.Client(
    base_url="${base}",${pyHeaders}
)
request = {
    "model": "gpt-4o-mini",
    "messages": [{"role": "user", "content": "Name a colour."}],
}
start = datetime.now(UTC)
answer = OpenAI().chat.completions.create(**request)
midspan.post("/api/request-logs/", json={
    "full_request": request,
    "full_response": answer.model_dump(),
    "start_time": start.isoformat(),
    "timestamp": datetime.now(UTC).isoformat(),
    "customer_identifier": "ada",
}).raise_for_status()`,
    },
    {
      id: "javascript",
      title: "JavaScript",
      install: "npm install openai",
      run: { file: "first.mjs", command: "node first.mjs" },
      docs: "create-span",
      code: `import OpenAI from "openai";

const request = {
  model: "gpt-4o-mini",
  messages: [{ role: "user", content: "Name a colour." }],
};
const start = new Date();
const answer = await new OpenAI().chat.completions.create(request);
await fetch("${base}/api/request-logs/", {
  method: "POST",
  headers: {${jsAuthorization}
    "Content-Type": "application/json",
  },
  body: JSON.stringify({
    full_request: request,
    full_response: answer,
    start_time: start.toISOString(),
    timestamp: new Date().toISOString(),
    customer_identifier: "ada",
  }),
});`,
    },
    {
      id: "opentelemetry",
      title: "OpenTelemetry",
      install: `pip install opentelemetry-instrumentation-openai opentelemetry-sdk \\
  opentelemetry-exporter-otlp-proto-http openai
export OTEL_EXPORTER_OTLP_ENDPOINT=${base}/api${
        key === null ? "" : `\nexport OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20${key}"`
      }`,
      run: PYTHON,
      docs: "opentelemetry",
      code: `from openai import OpenAI
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
OpenAIInstrumentor().instrument(tracer_provider=provider)

OpenAI().chat.completions.create(
    model="gpt-4o-mini",
    messages=[{"role": "user", "content": "Name a colour."}],
)
provider.shutdown()`,
    },
  ];
}
