"""The official Python client. Takes MODE and then `http URL KEY` or `stdio BINARY CONFIG KEYFILE`; exits 0 only if satisfied."""

import asyncio
import json
import sys

import httpx2
from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

mode, way, *rest = sys.argv[1:]
VERSION = "2025-11-25" if mode == "legacy" else "2026-07-28"
TOOLS = ["call_result", "getMonth", "registry_mirror", "registry_nothing", "registry_refuse", "registry_repeat", "registry_stamp", "send_message"]


def text(result, is_error=False):
    assert result.is_error == is_error, result
    return result.content[0].text


async def judge(client):
    assert client.protocol_version == VERSION, client.protocol_version
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert sorted(tools) == TOOLS, sorted(tools)
    assert "api_key" not in json.dumps(tools["send_message"].input_schema)
    hints = tools["send_message"].annotations
    assert hints.read_only_hint is False and hints.open_world_hint is True, hints
    assert tools["getMonth"].annotations.read_only_hint is True
    assert tools["registry_repeat"].input_schema["properties"]["count"]["type"] == "integer", tools["registry_repeat"]

    month = text(await client.call_tool("getMonth", {"year": 2003, "month": 1}))
    assert month.startswith("    January 2003\n"), month
    assert "month" in text(await client.call_tool("getMonth", {"year": 2003, "month": 13}), is_error=True)
    assert json.loads(text(await client.call_tool("registry_repeat", {"text": "za\u017c", "count": 2}))) == ["za\u017c", "za\u017c"]
    assert "No: closed" in text(await client.call_tool("registry_refuse", {"why": "closed"}), is_error=True)
    row = {"to": "ann@y.example", "from": "bob@x.example", "subject": "Hello", "text": "Hi."}
    sent = await client.call_tool("send_message", {"messages": [row]})
    assert text(sent) and sent.structured_content["user_message"].startswith("1 message(s)"), sent
    wrong = await client.call_tool("send_message", {"messages": [row, {**row, "to": "wrong@mail@y.example"}]})
    assert text(wrong, is_error=True) and wrong.structured_content["errors"][0]["error_code"] == 50, wrong
    assert "no such call" in text(await client.call_tool("call_result", {"id": "none"}), is_error=True)
    for unknown in ["TestAPI_echo", "nothing"]:
        try:
            await client.call_tool(unknown, {})
        except MCPError as error:
            assert "unknown tool" in str(error), error
        else:
            raise SystemExit(f"{unknown} was called")


async def main():
    if way == "http":
        url, key = rest
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}) as http:
            async with Client(streamable_http_client(url, http_client=http), mode=mode) as client:
                await judge(client)
    else:
        binary, config, key_file = rest
        server = StdioServerParameters(command=binary, args=["-c", config, "mcp", "--key-file", key_file])
        async with Client(stdio_client(server), mode=mode) as client:
            await judge(client)


asyncio.run(main())
print("satisfied")
