/** The GenAI conventions by hand, messages as JSON, exported in protobuf. */

import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'weather-desk', 'deployment.environment.name': 'staging' }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ compression: 'gzip' }))],
});
provider.register();
const tracer = provider.getTracer('weather.desk', '1.0');

const FORECAST = {
  type: 'function',
  name: 'forecast',
  description: 'The weather of a city.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const CALL = { type: 'tool_call', id: 'call_1', name: 'forecast', arguments: { city: 'Bodø' } };
const CALLED = { type: 'tool_call_response', id: 'call_1', response: { sky: 'clear', celsius: 4 } };
const ASKED = { role: 'user', parts: [{ type: 'text', content: 'How is the weather in Bodø?' }] };
const SAID = { role: 'assistant', parts: [{ type: 'text', content: 'Clear, 4 °C.' }], finish_reason: 'stop' };
const ADA = { 'user.id': 'ada', 'user.email': 'ada@example.com', 'session.id': 'session-5' };
const SHOP = { 'shop.shelf': 'ä', 'shop.isNew': true, 'shop.weights': [0.5, 1.5], 'shop.count': 9007199254740991 };

/** A span of an operation, open while the function runs. */
function within(operation, name, attributes, run = () => {}) {
  const given = Object.entries({ 'operation.name': operation, 'conversation.id': 'conversation-3', ...attributes });
  const kind = operation === 'chat' || operation === 'embeddings' ? SpanKind.CLIENT : SpanKind.INTERNAL;
  const named = Object.fromEntries(
    given.map(([key, value]) => [`gen_ai.${key}`, typeof value === 'object' ? JSON.stringify(value) : value]),
  );
  return tracer.startActiveSpan(`${operation} ${name}`, { kind, attributes: named }, (span) => {
    run(span);
    span.end();
  });
}

const OPENAI = { 'provider.name': 'openai', 'request.model': 'gpt-4o-mini', 'response.model': 'gpt-4o-mini-2024-07-18' };

tracer.startActiveSpan('GET /weather', { kind: SpanKind.SERVER, attributes: { ...ADA, ...SHOP } }, (request) => {
  const link = { context: request.spanContext(), attributes: { why: 'the same request' } };
  within('invoke_workflow', 'weather_report', { 'workflow.name': 'weather_report' }, () => {
    within('embeddings', 'text-embedding-3-small', {
      'provider.name': 'openai',
      'request.model': 'text-embedding-3-small',
      'usage.input_tokens': 22,
    });
    within('retrieval', 'almanac', {
      'retrieval.query.text': 'weather in Bodø',
      'retrieval.documents': [{ id: 'almanac-7', content: 'Bodø is clear in spring.', score: 0.92 }],
    });
    within('invoke_agent', 'forecaster', { 'agent.name': 'forecaster' }, () => {
      within('chat', 'gpt-4o-mini', {
        ...OPENAI,
        system_instructions: [{ type: 'text', content: 'You are brief.' }],
        'input.messages': [ASKED],
        'output.messages': [{ role: 'assistant', parts: [CALL], finish_reason: 'tool_calls' }],
        'tool.definitions': [FORECAST],
        'request.temperature': 0.2,
        'request.max_tokens': 200,
        'usage.input_tokens': 151,
        'usage.output_tokens': 29,
        'usage.cache_read.input_tokens': 64,
      });
      within('execute_tool', 'forecast', {
        'tool.name': 'forecast',
        'tool.call.id': 'call_1',
        'tool.call.arguments': { city: 'Bodø' },
        'tool.call.result': { sky: 'clear', celsius: 4 },
      });
      within('chat', 'gpt-4o-mini', {
        ...OPENAI,
        'input.messages': [ASKED, { role: 'assistant', parts: [CALL] }, { role: 'tool', parts: [CALLED] }],
        'output.messages': [SAID],
        'request.stream': true,
        'response.time_to_first_chunk': 0.125,
        'usage.input_tokens': 137,
        'usage.output_tokens': 41,
        'usage.reasoning.output_tokens': 19,
      });
    });
    within('chat', 'no-such-model', { 'request.model': 'no-such-model', 'input.messages': [ASKED] }, (span) => {
      span.recordException(new Error('There is no such model.'));
      span.setStatus({ code: SpanStatusCode.ERROR, message: 'There is no such model.' });
    });
    tracer.startActiveSpan('read the almanac', { links: [link] }, (span) => {
      span.addEvent('turned', { page: 7, words: ['clear', 'spring'] });
      span.setStatus({ code: SpanStatusCode.OK });
      span.end();
    });
  });
  request.end();
});

// One that began three hours ago, in a trace of its own.
const hours = Date.now() - 3 * 3_600_000;
tracer.startSpan('batch', { startTime: hours, attributes: ADA }, trace.deleteSpan(context.active())).end();

await provider.shutdown();
