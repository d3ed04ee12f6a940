// The stock OTLP exporters of OpenTelemetry for Node.js, in protobuf and in JSON: a small trace by each.

const { trace, context, SpanKind, SpanStatusCode, diag } = require("@opentelemetry/api");
const { resourceFromAttributes } = require("@opentelemetry/resources");
const { BasicTracerProvider, BatchSpanProcessor } = require("@opentelemetry/sdk-trace-base");
const exporters = {
  protobuf: require("@opentelemetry/exporter-trace-otlp-proto").OTLPTraceExporter,
  json: require("@opentelemetry/exporter-trace-otlp-http").OTLPTraceExporter,
};

// What the exporters cannot deliver they only log.
const complaints = [];
const complain = (...words) => complaints.push(words.join(" "));
diag.setLogger({ error: complain, warn: complain, info() {}, debug() {}, verbose() {} });

async function send(encoding, compression) {
  const exporter = new exporters[encoding]({ compression }); // where to and with which key: from the environment
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": "shop" }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer("shop.assistant", "1.2");
  const root = tracer.startSpan("answer", { kind: SpanKind.SERVER });
  const chat = tracer.startSpan("chat gpt-4o-mini", { kind: SpanKind.CLIENT }, trace.setSpan(context.active(), root));
  chat.setAttributes({
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.usage.input_tokens": 12,
    "gen_ai.usage.output_tokens": 5,
    shelf: "ä",
    isNew: true,
    weights: [0.5, 1.5],
  });
  chat.addEvent("first token", { after: 0.1 });
  chat.setStatus({ code: SpanStatusCode.ERROR, message: "no such shelf" });
  chat.end();
  root.end();
  await provider.forceFlush();
  await provider.shutdown();
  return root.spanContext().traceId;
}

(async () => {
  const traces = [];
  for (const encoding of ["protobuf", "json"]) {
    for (const compression of ["none", "gzip"]) {
      traces.push(await send(encoding, compression));
    }
  }
  process.stdout.write(JSON.stringify({ traces, complaints }));
})();
