"""What the SDKs send for one operation, and the fields that it means: cases of test_semantics.py, as a page."""

import json

from tests.cases import BRIEF, CACHED, CALL, HELLO, HI, USAGE, Case

CASES = {
    "respan-tracing 2.24: a call of a model": Case(
        "llm.gpt-4o-mini",
        {
            "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.request.temperature": 0.2, "gen_ai.is_streaming": False, "gen_ai.prompt.0.role": "system",
            "gen_ai.prompt.0.content": "Be brief.", "gen_ai.prompt.1.role": "user", "gen_ai.prompt.1.content": "Hi",
            "gen_ai.output.messages": json.dumps(
                [{"role": "assistant", "parts": [{"type": "text", "content": "Hello!"}], "finish_reason": "stop"}]
            ),
            "gen_ai.response.model": "gpt-4o-mini-2024-07-18", "gen_ai.response.id": "chatcmpl-1",
            "gen_ai.response.finish_reasons": ["stop"], "gen_ai.usage.input_tokens": 12,
            "gen_ai.usage.output_tokens": 3, "llm.usage.total_tokens": 15,
            "gen_ai.usage.cache_read.input_tokens": 4, "traceloop.entity.path": "",
            "traceloop.workflow.name": "support",
        },
        {
            "log_type": "chat", "span_name": "llm.gpt-4o-mini", "span_workflow_name": "support",
            "provider_id": "openai", "model": "gpt-4o-mini", "response_model": "gpt-4o-mini-2024-07-18",
            "temperature": 0.2, "stream": False, "input": [BRIEF, HI], "output": HELLO, "finish_reason": "stop",
            "usage": USAGE | {"total_tokens": 15} | CACHED,
        },
        {"gen_ai.response.id": "chatcmpl-1"},
    ),
    "respan-tracing 2.24: a decorated task with its customer": Case(
        "task",
        {
            "respan.entity.log_type": "task", "traceloop.span.kind": "task", "traceloop.entity.name": "summarize",
            "traceloop.entity.path": "support.summarize", "traceloop.workflow.name": "support",
            "traceloop.entity.input": '{"args": ["Hi"], "kwargs": {}}', "traceloop.entity.output": '"Hello!"',
            "respan.customer_params.customer_identifier": "ada", "respan.customer_params.email": "ada@example.com",
            "respan.threads.thread_identifier": "t1", "respan.trace.trace_group_identifier": "nightly",
            "respan.metadata": '{"region": "eu"}', "respan.metadata.tier": "gold", "respan.environment": "staging",
            "respan.properties": '{"retries": 2}', "respan.entity.log_method": "python_tracing",
        },
        {
            "log_type": "task", "span_name": "summarize", "span_path": "support.summarize",
            "span_workflow_name": "support", "input": '{"args": ["Hi"], "kwargs": {}}', "output": "Hello!",
            "customer_identifier": "ada", "customer_email": "ada@example.com", "thread_identifier": "t1",
            "trace_group_identifier": "nightly", "metadata": {"region": "eu", "tier": "gold"},
            "environment": "staging", "log_method": "python_tracing",
        },
        {"retries": 2, "otel.name": "task"},
    ),
    "respan-exporter-pydantic-ai 0.3: bare overrides": Case(
        "chat",
        {
            "respan.entity.log_type": "chat", "model": "gpt-4o", "prompt_tokens": 12, "completion_tokens": 3,
            "prompt_cache_hit_tokens": 4, "input": '[{"role": "user", "content": "Hi"}]', "output": "Hello!",
            "span_workflow_name": "support", "gen_ai.usage.input_tokens": 13, "status_code": 200,
        },
        {
            "log_type": "chat", "span_name": "chat", "model": "gpt-4o", "prompt_tokens": 12, "completion_tokens": 3,
            "prompt_cache_hit_tokens": 4, "input": '[{"role": "user", "content": "Hi"}]', "output": "Hello!",
            "span_workflow_name": "support", "status_code": 200, "usage": {"prompt_tokens": 13},
        },
    ),
    "keywordsai-tracing 0.0.59: a workflow": Case(
        "support.workflow",
        {
            "keywordsai.entity.log_method": "python_tracing", "traceloop.span.kind": "workflow",
            "traceloop.entity.name": "support", "keywordsai.customer_params.customer_identifier": "ada",
            "keywordsai.metadata.region": "eu", "keywordsai.trace.trace_group_identifier": "nightly",
        },
        {
            "log_type": "workflow", "log_method": "python_tracing", "span_name": "support",
            "customer_identifier": "ada", "metadata": {"region": "eu"}, "trace_group_identifier": "nightly",
        },
        {"otel.name": "support.workflow"},
    ),
    "langfuse 3: a generation": Case(
        "answer",
        {
            "langfuse.observation.type": "generation", "langfuse.observation.model.name": "claude-sonnet-4-5",
            "langfuse.observation.model.parameters": '{"temperature": 0.2, "max_tokens": 512}',
            "langfuse.observation.input": '[{"role": "user", "content": "Hi"}]',
            "langfuse.observation.output": '{"role": "assistant", "content": "Hello!"}',
            "langfuse.observation.usage_details": '{"input": 8, "input_cached_tokens": 4, "output": 3, "total": 15}',
            "langfuse.observation.cost_details": '{"total": 0.25}',
            "langfuse.observation.completion_start_time": '"2026-09-21T14:13:20.500000Z"',
            "langfuse.observation.level": "DEFAULT", "langfuse.observation.status_message": "cold start",
            "langfuse.observation.prompt.name": "greet", "langfuse.observation.prompt.version": 7,
            "langfuse.observation.metadata.attempt": 2, "langfuse.trace.metadata.region": "eu",
            "langfuse.trace.name": "Ticket 4711", "langfuse.trace.tags": ["vip"], "user.id": "ada",
            "session.id": "s1", "langfuse.environment": "staging", "langfuse.release": "v9",
        },
        {
            "log_type": "chat", "span_name": "answer", "model": "claude-sonnet-4-5", "temperature": 0.2,
            "max_tokens": 512, "input": '[{"role": "user", "content": "Hi"}]',
            "output": '{"role": "assistant", "content": "Hello!"}', "cost": 0.25, "time_to_first_token": 0.5,
            "usage": {
                "input_tokens": 8, "output_tokens": 3, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 0,
            },
            "prompt_name": "greet", "prompt_version_number": "7", "trace_name": "Ticket 4711",
            "metadata": {"attempt": 2, "region": "eu", "tags": ["vip"]}, "customer_identifier": "ada",
            "session_identifier": "s1", "thread_identifier": "s1", "environment": "staging",
        },
        {
            "langfuse.observation.level": "DEFAULT", "langfuse.observation.status_message": "cold start",
            "langfuse.release": "v9",
            "langfuse.observation.usage_details": '{"input": 8, "input_cached_tokens": 4, "output": 3, "total": 15}',
        },
    ),
    "langfuse 5: a call with tools, whose input is the request": Case(
        "OpenAI-generation",
        {
            "langfuse.observation.type": "generation", "langfuse.observation.model.name": "gpt-4o-mini",
            "langfuse.observation.input": json.dumps({"tools": [{"type": "function"}], "messages": [HI]}),
            "langfuse.observation.output": json.dumps(HELLO), "langfuse.observation.metadata.region": '"eu"',
            "langfuse.observation.metadata.finish_reason": '"stop"',
        },
        {
            "log_type": "chat", "span_name": "OpenAI-generation", "model": "gpt-4o-mini",
            "full_request": {"tools": [{"type": "function"}], "messages": [HI]}, "output": json.dumps(HELLO),
            "finish_reason": "stop", "metadata": {"region": "eu"},
        },
    ),
    "logfire 5: a call of Claude, in whose spans sessions are scrubbed": Case(
        "Message with {request_data[model]!r}",
        {
            "gen_ai.operation.name": "chat", "gen_ai.request.model": "claude-sonnet-4-5",
            "gen_ai.usage.input_tokens": 16, "gen_ai.usage.output_tokens": 3,
            "gen_ai.usage.raw": '{"input_tokens": 12, "cache_read_input_tokens": 4, "output_tokens": 3}',
            "session.id": "[Scrubbed due to 'session']", "user.id": "ada", "logfire.level_num": 13,
            "gen_ai.tool.definitions": '[{"name": "search", "input_schema": {"type": "object"}}]',
        },
        {
            "log_type": "chat", "span_name": "Message with {request_data[model]!r}", "model": "claude-sonnet-4-5",
            "usage": {"input_tokens": 12, "cache_read_input_tokens": 4, "output_tokens": 3},
            "customer_identifier": "ada", "status": "warning",
            "tools": [{"type": "function", "function": {"name": "search", "parameters": {"type": "object"}}}],
        },
        {
            "session.id": "[Scrubbed due to 'session']", "logfire.level_num": 13, "gen_ai.usage.input_tokens": 16,
        },
    ),
    "logfire 4: a response, whose answer is the end of its events": Case(
        "Responses API with {gen_ai.request.model!r}",
        {
            "gen_ai.request.model": "gpt-4o-mini", "logfire.level_num": 17,
            "logfire.msg": "Responses API with 'gpt-4o-mini'",
            "events": json.dumps([
                {"event.name": "gen_ai.user.message", **HI},
                {"event.name": "gen_ai.assistant.message", **HELLO},
                {"event.name": "gen_ai.assistant.message", "role": "assistant", "tool_calls": [CALL]},
            ]),
        },
        {
            "log_type": "chat", "span_name": "Responses API with {gen_ai.request.model!r}", "model": "gpt-4o-mini",
            "input": [HI], "output": HELLO | {"tool_calls": [CALL]}, "status": "failed", "status_code": 500,
            "error_message": "Responses API with 'gpt-4o-mini'",
        },
        {"logfire.level_num": 17, "logfire.msg": "Responses API with 'gpt-4o-mini'"},
    ),
    "langfuse 3: an error": Case(
        "lookup",
        {
            "langfuse.observation.type": "retriever", "langfuse.observation.level": "ERROR",
            "langfuse.observation.status_message": "index is away",
        },
        {
            "log_type": "task", "span_name": "lookup", "status": "failed", "status_code": 500,
            "error_message": "index is away",
        },
    ),
    "traceloop-sdk 0.62: an agent with association properties": Case(
        "planner.agent",
        {
            "traceloop.span.kind": "agent", "traceloop.entity.name": "planner",
            "traceloop.association.properties.user_id": "ada", "traceloop.association.properties.chat_id": "t1",
        },
        {
            "log_type": "agent", "span_name": "planner", "customer_identifier": "ada", "thread_identifier": "t1",
            "metadata": {"user_id": "ada", "chat_id": "t1"},
        },
        {"otel.name": "planner.agent"},
    ),
    "ai 5: the call as the application made it": Case(
        "ai.generateText greet",
        {
            "operation.name": "ai.generateText greet", "resource.name": "greet", "ai.operationId": "ai.generateText",
            "ai.telemetry.functionId": "greet", "ai.telemetry.metadata.userId": "ada",
            "ai.telemetry.metadata.sessionId": "s1", "ai.model.id": "gpt-4o", "ai.model.provider": "openai.chat",
            "ai.prompt": '{"system": "Be brief.", "messages": [{"role": "user", "content": "Hi"}]}',
            "ai.response.text": "Hello!", "ai.response.finishReason": "stop", "ai.usage.inputTokens": 12,
            "ai.usage.outputTokens": 3, "ai.settings.maxRetries": 2,
        },
        {
            "log_type": "workflow", "span_name": "greet", "span_workflow_name": "greet",
            "customer_identifier": "ada", "session_identifier": "s1", "thread_identifier": "s1",
            "metadata": {"userId": "ada", "sessionId": "s1"}, "model": "gpt-4o", "provider_id": "openai",
            "input": [BRIEF, HI], "output": "Hello!", "finish_reason": "stop",
        },
        # Its tokens are those of the calls below it, which count them.
        {
            "operation.name": "ai.generateText greet", "resource.name": "greet", "ai.usage.inputTokens": 12,
            "ai.usage.outputTokens": 3, "ai.settings.maxRetries": 2, "otel.name": "ai.generateText greet",
            "ai.model.provider": "openai.chat",
        },
    ),
    "ai 5: the call of the model": Case(
        "ai.generateText.doGenerate",
        {
            "ai.operationId": "ai.generateText.doGenerate", "ai.model.id": "claude-sonnet-4-5",
            "ai.model.provider": "anthropic.messages", "ai.prompt.messages": json.dumps(
                [{"role": "user", "content": [{"type": "text", "text": "Hi"}]},
                 {"role": "assistant", "content": [
                     {"type": "tool-call", "toolCallId": "c1", "toolName": "search", "input": {"q": 1}}]},
                 {"role": "tool", "content": [
                     {"type": "tool-result", "toolCallId": "c1", "toolName": "search", "output": "42"},
                     {"type": "tool-result", "toolCallId": "c2", "output": {"type": "error-text", "value": "No."}}]},
                 {"role": "user", "content": [{"type": "file", "mediaType": "image/png", "data": "iVBO"}]}]
            ),
            "ai.prompt.tools": ['{"type": "function", "name": "search", "inputSchema": {"type": "object"}}'],
            "ai.response.toolCalls": '[{"toolCallId": "c1", "toolName": "search", "input": "{\\"q\\":1}"}]',
            "ai.usage.inputTokens": 8, "ai.usage.outputTokens": 3, "ai.usage.cachedInputTokens": 4,
            "gen_ai.system": "anthropic.messages", "gen_ai.request.model": "claude-sonnet-4-5",
            "gen_ai.usage.input_tokens": 8, "gen_ai.usage.output_tokens": 3, "ai.settings.maxOutputTokens": 512,
            "ai.response.msToFirstChunk": 310,
        },
        {
            "log_type": "chat", "span_name": "ai.generateText.doGenerate", "model": "claude-sonnet-4-5",
            "provider_id": "anthropic",
            "tools": [{"type": "function", "function": {"name": "search", "parameters": {"type": "object"}}}],
            "input": [HI, {"role": "assistant", "content": None, "tool_calls": [CALL]},
                      {"role": "tool", "tool_call_id": "c1", "content": "42", "toolName": "search"},
                      {"role": "tool", "tool_call_id": "c2", "content": "No.", "is_error": True},
                      {"role": "user", "content": [
                          {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBO"}}]}],
            "output": {"role": "assistant", "content": None, "tool_calls": [CALL]},
            "usage": {
                "input_tokens": 8, "output_tokens": 3, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 0,
            },
            "max_tokens": 512, "time_to_first_token": 0.31,
        },
        {"ai.model.provider": "anthropic.messages"},
    ),
    "ai 7: a step of an agent, which repeats some tokens of the call below it": Case(
        "step 1",
        {
            "gen_ai.operation.name": "agent_step", "ai.settings.context.userId": "ada",
            "ai.usage.outputTokenDetails.reasoningTokens": 19,
        },
        {"log_type": "task", "span_name": "step 1", "customer_identifier": "ada", "metadata": {"userId": "ada"}},
        {"ai.usage.outputTokenDetails.reasoningTokens": 19},
    ),
    "ai 5: a tool": Case(
        "ai.toolCall",
        {
            "ai.operationId": "ai.toolCall", "ai.toolCall.name": "search", "ai.toolCall.id": "c1",
            "ai.toolCall.args": '{"q":1}', "ai.toolCall.result": '{"hits":[]}',
        },
        {"log_type": "tool", "span_name": "search", "input": '{"q":1}', "output": '{"hits":[]}'},
        {"ai.toolCall.name": "search", "ai.toolCall.id": "c1", "otel.name": "ai.toolCall"},
    ),
    "respan-instrumentation-openai 1.3: messages twice, of which one source says less": Case(
        "llm.gpt-4o-mini",
        {
            "respan.entity.log_type": "chat", "traceloop.entity.name": "openai.response",
            "traceloop.entity.input": json.dumps([HI, {"role": "tool", "content": "4", "tool_call_id": "c1"}]),
            "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "Hi", "gen_ai.prompt.1.role": "tool",
            "gen_ai.prompt.1.content": "4", "traceloop.entity.output": '{"output_text": "Hello!"}',
            "gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": "Hello!",
            "llm.request.functions": '[{"type": "function", "function": {"name": "search"}}]',
        },
        {
            "log_type": "chat", "span_name": "openai.response", "output": HELLO,
            "input": json.dumps([HI, {"role": "tool", "content": "4", "tool_call_id": "c1"}]),
            "tools": [{"type": "function", "function": {"name": "search"}}],
        },
        {"otel.name": "llm.gpt-4o-mini"},
    ),
    "pydantic-ai with logfire: a call, as events": Case(
        "chat gpt-4o",
        {
            "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 12,
            "gen_ai.usage.details.reasoning_tokens": 2, "gen_ai.usage.details.audio_tokens": 0,
            "operation.cost": 0.25, "logfire.msg": "chat gpt-4o", "events": json.dumps([
                {"event.name": "gen_ai.system.message", "role": "system", "content": "Be brief."},
                {"event.name": "gen_ai.user.message", "role": "user", "content": "Hi"},
                {"event.name": "gen_ai.choice", "index": 0, "message": HELLO},
            ]),
        },
        {
            "log_type": "chat", "span_name": "chat gpt-4o", "model": "gpt-4o", "cost": 0.25, "input": [BRIEF, HI],
            "output": HELLO,
            "usage": {"prompt_tokens": 12, "completion_tokens_details": {"reasoning_tokens": 2}},
        },
        {"logfire.msg": "chat gpt-4o", "gen_ai.usage.details.audio_tokens": 0},
    ),
    "mlflow 3: a call": Case(
        "Completions",
        {
            "mlflow.spanType": '"CHAT_MODEL"', "mlflow.spanInputs": '{"model": "gpt-4o", "messages": []}',
            "mlflow.spanOutputs": '"Hello!"', "mlflow.chat.tokenUsage": '{"input_tokens": 12, "output_tokens": 3}',
            "mlflow.llm.model": '"gpt-4o"', "mlflow.traceRequestId": '"tr-1"',
        },
        {
            "log_type": "chat", "span_name": "Completions", "input": '{"model": "gpt-4o", "messages": []}',
            "output": "Hello!", "usage": {"input_tokens": 12, "output_tokens": 3}, "model": "gpt-4o",
        },
        {"mlflow.traceRequestId": '"tr-1"'},
    ),
    "litellm: a call": Case(
        "litellm_request",
        {
            "llm.request.type": "acompletion", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o",
            "llm.is_streaming": "False", "llm.user": "ada", "gen_ai.usage.prompt_tokens": 12,
            "gen_ai.usage.input_tokens": 12, "gen_ai.usage.total_tokens": 15, "llm.usage.total_tokens": 15,
            "gen_ai.usage.output_tokens": 3, "gen_ai.cost.total_cost": 0.25, "gen_ai.cost.input_cost": 0.2,
            "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "Hi",
            "gen_ai.input.messages": '[{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]',
            "gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": "Hello!",
            "metadata.user_api_key_end_user_id": "bob", "metadata.requester_ip_address": "::1",
        },
        {
            "log_type": "chat", "span_name": "litellm_request", "provider_id": "openai", "model": "gpt-4o",
            "stream": False, "customer_identifier": "ada", "usage": USAGE | {"total_tokens": 15}, "cost": 0.25,
            "input": [HI], "output": HELLO,
            "metadata": {"user_api_key_end_user_id": "bob", "requester_ip_address": "::1"},
        },
        {"gen_ai.cost.input_cost": 0.2},
    ),
    "litellm 1.110: the calls of an answer, and usage as Python writes it": Case(
        "chat gpt-4o",
        {
            "llm.request.type": "completion", "gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 12,
            "gen_ai.output.messages": '[{"role": "assistant", "parts": [], "finish_reason": "tool_calls"}]',
            "gen_ai.completion.0.function_call.name": "search",
            "gen_ai.completion.0.function_call.arguments": '{"q":1}',
            "gen_ai.completion.1.function_call.name": "stop", "gen_ai.completion.1.function_call.arguments": "{}",
            "metadata.usage_object": "{'prompt_tokens': 12, 'prompt_tokens_details': {'cached_tokens': 4}, 'n': None}",
        },
        {
            "log_type": "completion", "span_name": "chat gpt-4o", "model": "gpt-4o", "finish_reason": "tool_calls",
            "output": {
                "role": "assistant", "content": None,
                "tool_calls": [
                    {"id": "", "type": "function", "function": {"name": "search", "arguments": '{"q":1}'}},
                    {"id": "", "type": "function", "function": {"name": "stop", "arguments": "{}"}},
                ],
            },
            "usage": {"prompt_tokens": 12, "prompt_tokens_details": {"cached_tokens": 4}, "n": None},
        },
        {"metadata.usage_object": "{'prompt_tokens': 12, 'prompt_tokens_details': {'cached_tokens': 4}, 'n': None}"},
    ),
    "openlit: a function, whose result is no message": Case(
        "forecast",
        {"gen_ai.output.messages": '{"sky": "clear"}', "function.args": "()", "function.kwargs": "{'city': 'Oslo'}"},
        {"log_type": "span", "span_name": "forecast", "input": "{'city': 'Oslo'}", "output": {"sky": "clear"}},
        {"function.args": "()"},
    ),
    "openlit: a call that it has no price for": Case(
        "chat local",
        {
            "gen_ai.operation.name": "chat", "gen_ai.system": "ollama", "gen_ai.request.model": "local",
            "gen_ai.request.is_stream": True, "gen_ai.usage.cost": 0, "gen_ai.usage.input_tokens": 12,
            "gen_ai.usage.output_tokens": 3, "gen_ai.server.time_to_first_token": 0.31,
            "gen_ai.request.seed": 7, "gen_ai.environment": "staging", "gen_ai.request.max_tokens": -1,
        },
        {
            "log_type": "chat", "span_name": "chat local", "provider_id": "ollama", "model": "local", "stream": True,
            "usage": USAGE, "time_to_first_token": 0.31, "seed": 7, "environment": "staging",
        },
        {"gen_ai.usage.cost": 0, "gen_ai.request.max_tokens": -1},
    ),
    "google-adk: a tool": Case(
        "execute_tool search",
        {
            "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search",
            "gcp.vertex.agent.tool_call_args": '{"q":1}', "gcp.vertex.agent.tool_response": '{"hits":[]}',
            "gcp.vertex.agent.session_id": "s1",
        },
        {
            "log_type": "tool", "span_name": "search", "input": '{"q":1}', "output": '{"hits":[]}',
            "session_identifier": "s1", "thread_identifier": "s1",
        },
        {"gen_ai.tool.name": "search", "otel.name": "execute_tool search"},
    ),
}  # fmt: skip
