"""The same of instrumentations and conventions that many SDKs share."""

from tests.cases import BRIEF, CACHED, CALL, HELLO, HI, USAGE, Case

CASES = {
    "OpenLLMetry: a call with tools": Case(
        "openai.chat",
        {
            "llm.request.type": "chat", "gen_ai.system": "OpenAI", "gen_ai.request.model": "gpt-4o",
            "llm.request.functions.0.name": "search", "llm.request.functions.0.description": "Finds.",
            "llm.request.functions.0.parameters": '{"type": "object"}', "gen_ai.prompt.0.role": "user",
            "gen_ai.prompt.0.content": '[{"type": "text", "text": "Hi"}]', "gen_ai.completion.0.role": "assistant",
            "gen_ai.completion.0.finish_reason": "tool_calls", "gen_ai.completion.0.tool_calls.0.id": "c1",
            "gen_ai.completion.0.tool_calls.0.name": "search",
            "gen_ai.completion.0.tool_calls.0.arguments": '{"q":1}', "gen_ai.usage.prompt_tokens": 12,
            "gen_ai.usage.input_tokens": 12, "gen_ai.usage.completion_tokens": 3, "llm.usage.total_tokens": 15,
            "gen_ai.usage.cache_read_input_tokens": 4, "llm.headers": "None",
            "llm.openai.chat_completions.streaming_time_to_first_token": 0.31, "llm.is_streaming": True,
        },
        {
            "log_type": "chat", "span_name": "openai.chat", "provider_id": "OpenAI", "model": "gpt-4o",
            "tools": [
                {"type": "function", "function": {
                    "name": "search", "description": "Finds.", "parameters": {"type": "object"}}},
            ],
            "input": [HI], "output": {"role": "assistant", "content": None, "tool_calls": [CALL]},
            "finish_reason": "tool_calls", "usage": USAGE | {"total_tokens": 15} | CACHED,
            "time_to_first_token": 0.31, "stream": True,
        },
        {"llm.headers": "None"},
    ),
    "openinference-instrumentation-openai: a call": Case(
        "ChatCompletion",
        {
            "openinference.span.kind": "LLM", "llm.system": "openai", "llm.provider": "azure",
            "llm.model_name": "gpt-4o", "input.value": '{"messages": [], "model": "gpt-4o"}',
            "input.mime_type": "application/json", "output.value": '{"id": "chatcmpl-1"}',
            "llm.invocation_parameters": '{"model": "gpt-4o", "temperature": 0.2}',
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.contents.0.message_content.type": "text",
            "llm.input_messages.0.message.contents.0.message_content.text": "Hi",
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.tool_calls.0.tool_call.id": "c1",
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "search",
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": '{"q":1}',
            "llm.tools.0.tool.json_schema": '{"type": "function", "function": {"name": "search"}}',
            "llm.token_count.prompt": 12, "llm.token_count.completion": 3, "llm.token_count.total": 15,
            "llm.token_count.prompt_details.cache_read": 4, "llm.token_count.completion_details.reasoning": 2,
            "metadata": '{"region": "eu"}', "tag.tags": ["vip"], "session.id": "s1", "user.id": "ada",
        },
        {
            "log_type": "chat", "span_name": "ChatCompletion", "provider_id": "azure", "model": "gpt-4o",
            "temperature": 0.2, "input": [HI],
            "output": {"role": "assistant", "content": None, "tool_calls": [CALL]},
            "full_request": {"messages": [], "model": "gpt-4o"}, "full_response": {"id": "chatcmpl-1"},
            "tools": [{"type": "function", "function": {"name": "search"}}],
            "usage": USAGE | {"total_tokens": 15, "completion_tokens_details": {"reasoning_tokens": 2}} | CACHED,
            "metadata": {"region": "eu", "tags": ["vip"]}, "session_identifier": "s1", "thread_identifier": "s1",
            "customer_identifier": "ada",
        },
        {"llm.system": "openai", "input.mime_type": "application/json"},
    ),
    "openinference-instrumentation-openai: an answer of OpenAI's that is thoughts, text and two calls": Case(
        "Response",
        {
            "openinference.span.kind": "LLM", "llm.model_name": "o4-mini-2025-04-16",
            "llm.invocation_parameters": '{"model": "o4-mini"}',
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.contents.0.message_content.type": "reasoning",
            "llm.output_messages.0.message.contents.0.message_content.text": "A greeting.",
            "llm.output_messages.1.message.role": "assistant", "llm.output_messages.1.message.content": "Hello!",
            "llm.output_messages.2.message.role": "assistant",
            "llm.output_messages.2.message.tool_calls.0.tool_call.id": "c1",
            "llm.output_messages.2.message.tool_calls.0.tool_call.function.name": "search",
            "llm.output_messages.2.message.tool_calls.0.tool_call.function.arguments": '{"q":1}',
            "llm.output_messages.3.message.role": "assistant",
            "llm.output_messages.3.message.tool_calls.0.tool_call.id": "c2",
            "llm.output_messages.3.message.tool_calls.0.tool_call.function.name": "search",
            "llm.output_messages.3.message.tool_calls.0.tool_call.function.arguments": '{"q":1}',
        },
        {
            "log_type": "chat", "span_name": "Response", "model": "o4-mini", "response_model": "o4-mini-2025-04-16",
            "output": HELLO | {"reasoning_content": "A greeting.", "tool_calls": [CALL, CALL | {"id": "c2"}]},
        },
    ),
    "openinference: an embedding": Case(
        "CreateEmbeddings",
        {
            "openinference.span.kind": "EMBEDDING", "embedding.model_name": "text-embedding-3-small",
            "embedding.embeddings.1.embedding.text": "two", "embedding.embeddings.0.embedding.text": "one",
            "embedding.embeddings.0.embedding.vector": [0.1, 0.2],
            "embedding.embeddings.1.embedding.vector": [0.3, 0.4], "llm.token_count.prompt": 2,
            "output.value": '{"data": []}',
        },
        {
            "log_type": "embedding", "span_name": "CreateEmbeddings", "model": "text-embedding-3-small",
            "input": ["one", "two"], "embedding": [[0.1, 0.2], [0.3, 0.4]], "usage": {"prompt_tokens": 2},
            "full_response": {"data": []},
        },
    ),
    "openinference: a retriever": Case(
        "retrieve",
        {
            "openinference.span.kind": "RETRIEVER", "input.value": "who?",
            "retrieval.documents.0.document.id": "d1", "retrieval.documents.0.document.content": "Ada",
            "retrieval.documents.0.document.score": 0.9, "retrieval.documents.0.document.metadata": '{"page": 3}',
        },
        {
            "log_type": "task", "span_name": "retrieve", "input": "who?",
            "output": [{"id": "d1", "content": "Ada", "score": 0.9, "metadata": {"page": 3}}],
        },
    ),
    "GenAI conventions: an agent of one's own": Case(
        "invoke_agent planner",
        {
            "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner", "gen_ai.agent.id": "a1",
            "gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 24, "gen_ai.conversation.id": "t1",
            "gen_ai.system_instructions": '[{"type": "text", "content": "Be brief."}]',
            "gen_ai.input.messages": '[{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]',
        },
        {
            "log_type": "agent", "span_name": "planner", "model": "gpt-4o", "thread_identifier": "t1",
            "input": [BRIEF, HI],
        },
        {
            "gen_ai.agent.name": "planner", "gen_ai.agent.id": "a1", "otel.name": "invoke_agent planner",
            "gen_ai.usage.input_tokens": 24,
        },
    ),
    "GenAI conventions: an agent elsewhere": Case(
        "invoke_agent planner",
        {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner", "gen_ai.usage.input_tokens": 24},
        {"log_type": "agent", "span_name": "planner", "usage": {"prompt_tokens": 24}},
        {"gen_ai.agent.name": "planner", "otel.name": "invoke_agent planner"},
        kind=3,
    ),
    "GenAI conventions: a tool": Case(
        "execute_tool search",
        {
            "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search", "gen_ai.tool.call.id": "c1",
            "gen_ai.tool.call.arguments": '{"q":1}', "gen_ai.tool.call.result": "42",
        },
        {"log_type": "tool", "span_name": "search", "input": '{"q":1}', "output": "42"},
        {"gen_ai.tool.name": "search", "gen_ai.tool.call.id": "c1", "otel.name": "execute_tool search"},
    ),
    "GenAI conventions: an embedding": Case(
        "embeddings",
        {
            "gen_ai.operation.name": "embeddings", "gen_ai.request.model": "text-embedding-3-small",
            "gen_ai.request.encoding_formats": ["float"], "gen_ai.usage.input_tokens": 12,
        },
        {
            "log_type": "embedding", "span_name": "embeddings", "model": "text-embedding-3-small",
            "encoding_format": "float", "usage": {"prompt_tokens": 12},
        },
    ),
    "any server: a request that failed": Case(
        "GET /x",
        {"http.route": "/x", "http.response.status_code": 503, "error.type": "503", "retry": True, "tries": 3},
        {"log_type": "span", "span_name": "GET /x", "status": "failed", "status_code": 503, "error_code": "503"},
        {"http.route": "/x", "retry": True, "tries": 3},
    ),
}  # fmt: skip
