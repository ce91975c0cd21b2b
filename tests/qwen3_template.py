"""A chat template that renders what Qwen3's own does, for prompts and models made by the tests.

Written anew from the form of its output: system text and functions in one message, calls and tool
messages in tags, an earlier message's thinking left out, and no `<think>` before the reply, unless
a caller turns thinking off.
"""

from __future__ import annotations

QWEN3_TEMPLATE = """\
{%- macro open(role) -%}<|im_start|>{{ role }}{{ '\\n' }}{%- endmacro %}
{%- macro shut() -%}<|im_end|>{{ '\\n' }}{%- endmacro %}
{%- set lead = messages[0].content if messages[0].role == 'system' else none %}
{%- if tools %}
    {{- open('system') }}
    {{- lead + '\\n\\n' if lead is not none else '' }}
    {{- '# Tools\\n\\nYou may call one or more functions to assist with the user query.\\n\\n' }}
    {{- 'You are provided with function signatures within <tools></tools> XML tags:\\n<tools>\\n' }}
    {%- for tool in tools %}{{ tool | tojson }}{{ '\\n' }}{% endfor %}
    {{- '</tools>\\n\\nFor each function call, return a json object with function name and ' }}
    {{- 'arguments within <tool_call></tool_call> XML tags:\\n<tool_call>\\n' }}
    {{- '{"name": <function-name>, "arguments": <args-json-object>}\\n</tool_call>' }}
    {{- shut() }}
{%- elif lead is not none %}
    {{- open('system') }}{{ lead }}{{ shut() }}
{%- endif %}
{%- for message in messages[(0 if lead is none else 1):] %}
    {%- if message.role == 'tool' %}
        {{- open('user') if loop.first or loop.previtem.role != 'tool' else '\\n' }}
        {{- '<tool_response>\\n' }}{{ message.content }}{{ '\\n</tool_response>' }}
        {{- shut() if loop.last or loop.nextitem.role != 'tool' else '' }}
    {%- else %}
        {{- open(message.role) }}
        {%- set text = message.content or '' %}
        {%- if message.role == 'assistant' %}
            {%- set text = (text.split('</think>') | last).lstrip('\\n') %}
        {%- endif %}
        {{- text }}
        {%- for call in message.tool_calls or [] %}
            {{- '\\n' if text or not loop.first else '' }}
            {{- '<tool_call>\\n{"name": "' }}{{ call.function.name }}{{ '", "arguments": ' }}
            {{- call.function.arguments | tojson }}{{ '}\\n</tool_call>' }}
        {%- endfor %}
        {{- shut() }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- open('assistant') }}
    {%- if enable_thinking is defined and not enable_thinking %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}
"""
