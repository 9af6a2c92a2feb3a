import { protocolText } from "./protocol-text.ts";

const text = (value: string): string => JSON.stringify(value);
const { environment, cutoff, today, meta } = protocolText;
const header = (role: string): string => `'<|start_header_id|>' + ${role} + '<|end_header_id|>\\n\\n'`;
const date = `strftime_now(${text(meta.dateFormat)})`;
const [beforeDate, afterDate] = today("@").split("@").map(text);

/**
 * Jinja that renders as `renderMetaDialect` does, for models that were trained with it and are used by other engines:
 * contents verbatim, tools as Meta's generators offer them, several calls joined.
 */
export const metaChatTemplate: string = `{{- bos_token }}
{%- set rest = messages %}
{%- if tools %}
    {%- set first = messages[0] %}
    {{- ${header("'system'")} + ${text(`${environment}\n${cutoff}`)} + ${beforeDate} + ${date} + ${afterDate} }}
    {%- if first.role == 'system' %}
        {%- set rest = messages[1:] %}
        {%- if first.content %}{{- '\\n' + first.content + '\\n' }}{%- endif %}
    {%- endif %}
    {{- '<|eot_id|>' + ${header("'user'")} + ${text(meta.jsonHead)} }}
    {%- for tool in tools %}
        {%- set f = tool.function %}
        {{- '{\\n    "type": "function",\\n    "function": {\\n        "name": ' + (f.name | tojson) }}
        {{- ',\\n        "description": ' + (f.description | tojson) + ',\\n        "parameters": {\\n' }}
        {{- '            "type": "object",\\n            "properties": [\\n' }}
        {%- for name, schema in f.parameters.properties.items() %}
            {{- '                {\\n                    ' + (name | tojson) + ': {\\n' }}
            {{- '                        "type": "object",\\n                        "description": ' }}
            {{- ((schema.description or '') | tojson) + '\\n                    }\\n                }' }}
            {{- '' if loop.last else ',\\n' }}
        {%- endfor %}
        {{- '\\n            ],\\n            "required": ' + ((f.parameters.required or []) | tojson) }}
        {{- '\\n        }\\n    }\\n}\\n' }}
    {%- endfor %}
    {{- ${text(meta.jsonTail)} + '<|eot_id|>' }}
{%- endif %}
{%- for message in rest %}
    {%- if message.role == 'tool' %}
        {{- ${header("'ipython'")} + message.content + '<|eot_id|>' }}
    {%- elif message.tool_calls %}
        {{- ${header("'assistant'")} + (message.content or '') + '<|python_tag|>' }}
        {%- for call in message.tool_calls %}
            {{- '{"type": "function", "name": ' + (call.function.name | tojson) + ', "parameters": ' + (call.function.arguments | tojson) + '}' }}
            {{- '' if loop.last else '; ' }}
        {%- endfor %}
        {{- '<|eom_id|>' }}
    {%- else %}
        {{- ${header("message.role")} + message.content + '<|eot_id|>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- ${header("'assistant'")} }}
{%- endif %}
`;
