/** Calls of every kind below a span of the application's own, as version 6 of the package `ai` traces them. */

import { createAnthropic } from '@ai-sdk/anthropic';
import { openai } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import {
  embed,
  embedMany,
  generateObject,
  generateText,
  Output,
  stepCountIs,
  streamObject,
  streamText,
  tool,
  ToolLoopAgent,
} from 'ai';
import { z } from 'zod';

const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'weather-desk', 'deployment.environment.name': 'staging' }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
});
provider.register();

const claude = createAnthropic({ baseURL: `${process.env.ANTHROPIC_BASE_URL}/v1` })('claude-sonnet-4-5');
const acme = createOpenAICompatible({
  name: 'acme',
  baseURL: process.env.OPENAI_BASE_URL,
  apiKey: process.env.OPENAI_API_KEY,
  includeUsage: true,
  supportsStructuredOutputs: true,
});

const forecast = tool({
  description: 'The weather of a city.',
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => ({ city, sky: 'clear', celsius: 4 }),
});
const broken = tool({
  description: 'A thermometer without a battery.',
  inputSchema: z.object({ city: z.string() }),
  execute: async () => {
    throw new Error('The battery is empty.');
  },
});
const weather = z.object({ sky: z.string(), celsius: z.number() });
const brief = { system: 'You are brief.', prompt: 'How is the weather in Bodø?' };

/** What each call says about itself. */
function telemetry(functionId) {
  const metadata = { userId: 'ada', sessionId: 'session-5', threadId: 'thread-2', plan: 'gold', tags: ['a', 'b'] };
  return { experimental_telemetry: { isEnabled: true, functionId, metadata } };
}

/** A call that is to fail. */
async function failing(call) {
  try {
    await call();
  } catch {
    return;
  }
  throw new Error('It did not fail.');
}

async function report() {
  await generateText({
    model: openai.chat('gpt-4o-mini'),
    ...brief,
    tools: { forecast },
    stopWhen: stepCountIs(3),
    temperature: 0.2,
    topP: 0.9,
    maxOutputTokens: 200,
    ...telemetry('forecaster'),
  });
  await generateText({
    model: openai.chat('gpt-4o-mini'),
    prompt: 'And now?',
    tools: { broken },
    stopWhen: stepCountIs(2),
    ...telemetry('thermometer'),
  });
  const agent = new ToolLoopAgent({
    id: 'meteorologist',
    model: openai('gpt-4o-mini'),
    instructions: 'You are brief.',
    tools: { forecast },
    stopWhen: stepCountIs(3),
    ...telemetry('meteorologist'),
  });
  await agent.generate({ prompt: 'How is the weather in Tromsø?' });

  await streamText({ model: acme('gpt-4o-mini'), ...brief, ...telemetry('stream_it') }).consumeStream();
  await streamText({
    model: claude,
    ...brief,
    tools: { forecast },
    stopWhen: stepCountIs(2),
    ...telemetry('second_opinion'),
  }).consumeStream();
  await generateText({
    model: claude,
    ...brief,
    providerOptions: { anthropic: { thinking: { type: 'enabled', budgetTokens: 1024 } } },
    ...telemetry('reason'),
  });
  await generateText({ model: openai('o4-mini'), ...brief, ...telemetry('reason_again') });

  await generateObject({ model: acme('gpt-4o-mini'), ...brief, schema: weather, ...telemetry('to_object') });
  const objects = streamObject({ model: openai('gpt-4o-mini'), ...brief, schema: weather, ...telemetry('to_objects') });
  for await (const _ of objects.partialObjectStream);
  await generateText({
    model: openai.chat('gpt-4o-mini'),
    ...brief,
    output: Output.object({ schema: weather }),
    ...telemetry('to_output'),
  });
  const picture = { type: 'image', image: new URL('https://example.com/sky.png') };
  await generateText({
    model: openai.chat('gpt-4o-mini'),
    messages: [{ role: 'user', content: [{ type: 'text', text: 'What is this?' }, picture] }],
    ...telemetry('look'),
  });

  const model = openai.embedding('text-embedding-3-small');
  await embed({ model, value: 'Bodø', ...telemetry('remember') });
  await embedMany({ model, values: ['Bodø', 'Tromsø'], ...telemetry('remember_all') });

  for (const name of ['no-such-model', 'overloaded']) {
    await failing(() => generateText({ model: openai.chat(name), ...brief, maxRetries: 0, ...telemetry('fail') }));
  }
  await streamText({
    model: openai.chat('no-such-model'),
    ...brief,
    maxRetries: 0,
    onError: () => {},
    ...telemetry('fail_streaming'),
  }).consumeStream();
}

await trace.getTracer('weather.desk', '1.0').startActiveSpan('report', async (span) => {
  await report();
  span.end();
});
await provider.shutdown();
