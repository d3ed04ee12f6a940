/** The GenAI conventions as they were until 1.36, messages as events, exported in JSON. */

import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'weather-desk', 'deployment.environment': 'staging' }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
});
provider.register();
const tracer = provider.getTracer('weather.desk', '1.0');

const FORECAST = {
  type: 'function',
  function: {
    name: 'forecast',
    description: 'The weather of a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
const CALL = { id: 'call_1', type: 'function', function: { name: 'forecast', arguments: '{"city": "Bodø"}' } };
const OPENAI = { 'gen_ai.system': 'openai', 'gen_ai.request.model': 'gpt-4o-mini' };
const ADA = { 'enduser.id': 'ada', 'session.id': 'session-5' };

/** A span of an operation, open while the function runs. */
function within(operation, name, attributes, run = () => {}) {
  const kind = operation === 'chat' ? SpanKind.CLIENT : SpanKind.INTERNAL;
  const given = { 'gen_ai.operation.name': operation, ...attributes };
  tracer.startActiveSpan(`${operation} ${name}`, { kind, attributes: given }, (span) => {
    run(span);
    span.end();
  });
}

/** Say messages as events: who, and what beside the content. */
function say(span, ...messages) {
  for (const [speaker, content, more] of messages) {
    const said = { 'gen_ai.system': 'openai', ...(content && { content }), ...more };
    span.addEvent(`gen_ai.${speaker}`, said);
  }
}

tracer.startActiveSpan('GET /weather', { kind: SpanKind.SERVER, attributes: ADA }, (request) => {
  within('invoke_agent', 'forecaster', { 'gen_ai.agent.name': 'forecaster', 'gen_ai.conversation.id': 'talk-3' }, () => {
    within('chat', 'gpt-4o-mini', OPENAI, (span) => {
      say(
        span,
        ['system.message', 'You are brief.'],
        ['user.message', 'How is the weather in Bodø?'],
        ['choice', '', { index: 0, finish_reason: 'tool_calls', tool_calls: JSON.stringify([CALL]) }],
      );
      span.setAttributes({ 'gen_ai.usage.input_tokens': 151, 'gen_ai.usage.output_tokens': 29 });
      span.setAttributes({ 'gen_ai.usage.cache_read_input_tokens': 64, 'gen_ai.request.temperature': 0.2 });
      span.setAttribute('gen_ai.response.finish_reasons', ['tool_calls']);
      span.setAttribute('gen_ai.tool.definitions', JSON.stringify([FORECAST]));
    });
    within('execute_tool', 'forecast', { 'gen_ai.tool.name': 'forecast', 'gen_ai.tool.call.id': 'call_1' });
    within('chat', 'gpt-4o-mini', OPENAI, (span) => {
      say(
        span,
        ['user.message', 'How is the weather in Bodø?'],
        ['first_token', ''],
        ['assistant.message', '', { tool_calls: JSON.stringify([CALL]) }],
        ['tool.message', '{"sky": "clear"}', { id: 'call_1' }],
        ['choice', '', { index: 0, finish_reason: 'stop', message: JSON.stringify({ content: 'Clear, 4 °C.' }) }],
      );
      span.setAttributes({ 'gen_ai.usage.prompt_tokens': 137, 'gen_ai.usage.completion_tokens': 41 });
      span.setAttribute('gen_ai.usage.reasoning_tokens', 19);
      span.setAttribute('gen_ai.response.model', 'gpt-4o-mini-2024-07-18');
    });
    within('embeddings', 'text-embedding-3-small', {
      'gen_ai.system': 'openai',
      'gen_ai.request.model': 'text-embedding-3-small',
      'gen_ai.usage.input_tokens': 22,
    });
    within('chat', 'gpt-4o-mini', { ...OPENAI, 'error.type': 'timeout' }, (span) => {
      say(span, ['user.message', 'Anybody?']);
      span.recordException(new Error('Nobody answered.'));
      span.setStatus({ code: SpanStatusCode.ERROR });
    });
  });
  request.setAttributes({ 'shop.ratio': 0.5, 'shop.count': 3, 'shop.names': ['ä', 'ö'], 'shop.isNew': false });
  request.end();
});

await provider.shutdown();
