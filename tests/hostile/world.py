# SPDX-License-Identifier: MIT
"""What honest vendors answer, and what they were asked. A case is one message to one of them; its number stands in
the agent's id, in the text and in every id that the vendor gives. What a case spoils of it, is the case's matter."""

import json
import re
from urllib.parse import unquote_to_bytes

KEY = "hostile-key-4711"
PLUGINS = {"gumloop_agents": "ga", "gumloop_sessions": "gs", "gennia": "ge", "dumpling": "du", "enthusiast": "en"}
FIRST = 100000  # number of the first case: all have the same length, so that answers have too
STEP = "a step on the way"
STALE = "STALE reply of an earlier turn"
HEADERS = {"host", "user-agent", "accept", "content-type", "content-length"}
SECRET = {"ga": {"authorization": f"Bearer {KEY}"}, "gs": {"authorization": f"Bearer {KEY}", "x-auth-key": "user_1"},
          "ge": {"x-api-key": KEY}, "du": {"authorization": f"Bearer {KEY}"}, "en": {"authorization": f"Token {KEY}"}}
SEGMENT = re.compile(r"(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+")
QUERY = re.compile(r"(?:[A-Za-z0-9._~&=-]|%[0-9A-F]{2})*")


class Case:
    """flow: "plain"; "lost": the answer of SEND never arrives; "cancel". remote: the conversation is continued."""

    def __init__(self, kind, name, plugin, step, fault=None, flow="plain", remote=None, timeout=20000, agent=None, ids=None,
                 allowed=(), times=1, expect=None, pause=False):
        self.kind, self.name, self.plugin, self.step, self.fault = kind, name, plugin, step, fault
        self.flow, self.timeout, self.agent, self.ids, self.times = flow, timeout, agent, ids or {}, times
        self.remote, self.allowed, self.expect = remote, set(allowed), expect
        self.number, self.sends, self.runs, self.cancelled, self.asked, self.sent = 0, 0, 0, False, {}, 0
        self.pause = pause
        self.key = self.user = self.line = None

    def number_as(self, number):
        self.number, name = number, PLUGINS[self.plugin]
        if self.remote is True:
            self.remote = str(9007199254740993 * 10 + number) if name == "en" else f"r-{number}"
        self.text, self.reply = f"Case {number}: qüestion?", f"Reply {number}: “forty-two”, \\ and \"\U0001F600\"\t."
        self.ticket = self.ids.get("ticket") or f"k-{number}"
        self.conversation = self.remote or self.ids.get("conversation") or (
            9007199254740993 * 10 + number if name == "en" else f"c-{number}")
        self.allowed.add(self.reply)

    @property
    def agent_id(self):
        return f"{self.agent or ''}{self.number}"

    def said(self):
        """(id, from us?, text) of the conversation, oldest first."""
        number, rows = self.number, []
        if self.remote:
            rows += [(f"m-{number}-1", True, "Case 0: an earlier one"), (f"m-{number}-2", False, STALE)]
        if self.runs:
            rows += [(f"m-{number}-3", True, self.text), (f"m-{number}-4", False, self.reply)]
        return [(self.ids.get("message", "") + row[0], *row[1:]) for row in rows]


class World:
    def __init__(self, cases):
        self.cases, self.owner, self.violations, self.strangers, self.samples = cases, {}, [], 0, {}
        for number, case in enumerate(cases, FIRST):
            case.number_as(number)
            for id_ in (case.conversation, case.ticket):
                self.owner[case.plugin, str(id_)] = case

    def violation(self, what, *details):
        if len(self.violations) < 1000:
            self.violations.append(f"{what}: " + " ".join(repr(detail)[:300] for detail in details))

    # ---- Requests -----------------------------------------------------------------------------------------------

    def judge_head(self, line, headers, body, port):
        """The path's segments and the plugin's short name, where the request is what the plugin may send."""
        method, target, version = (line.split(" ") + ["", "", ""])[:3]
        path, _, query = target.partition("?")
        segments = path.split("/")[1:]
        short, _, check = segments[0].partition("~")
        if short == "moved":  # a redirect within the origin
            segments = segments[1:]
            short, _, check = segments[0].partition("~")
        good = (line.count(" ") == 2 and version == "HTTP/1.1" and method in ("GET", "POST") and path.startswith("/")
                and all(SEGMENT.fullmatch(segment) or segment == "" for segment in segments) and QUERY.fullmatch(query))
        if not good or short not in SECRET:
            self.violation("a strange request line", line)
            return None
        found = dict(headers)
        if len(found) != len(headers) or set(found) - HEADERS - set(SECRET[short]):
            self.violation("a strange header", line, headers)
        if any(found.get(name) != value for name, value in SECRET[short].items()):
            self.violation("the key is wrong", line, headers)
        if found.get("host") not in (f"127.0.0.1:{port}", f"localhost:{port}"):
            self.violation("the host is wrong", line, headers)
        if (method == "GET") != (not body):
            self.violation("a strange body", line, body)
        return short, method, segments[1:], query, check

    def find(self, plugin, raw, line):
        """The case whose id stands in the path."""
        try:
            id_ = unquote_to_bytes(raw).decode("utf-8")
        except ValueError:
            self.violation("an id that is no UTF-8", line)
            return None
        case = self.owner.get((plugin, id_))
        if not case:
            self.strangers += 1
        return case

    def by_number(self, text, line, pattern=r"(\d{6})$"):
        match = re.search(pattern, text) if isinstance(text, str) else None
        if not match or not 0 <= int(match[1]) - FIRST < len(self.cases):
            self.violation("a message of no case", line, text)
            return None
        return self.cases[int(match[1]) - FIRST]

    def handle(self, line, headers, body, port=0):
        """(case, step, status, document)"""
        head = self.judge_head(line, headers, body, port)
        if not head:
            return None, "", 400, {"error": "bad request"}
        short, method, segments, query, check = head
        try:
            data = json.loads(body.decode("utf-8", "strict")) if body else {}
        except ValueError:
            self.violation("a body that is no JSON", line, body)
            return None, "", 400, {"error": "bad request"}
        if check:
            case, step, status, document = self.cases[int(check) - FIRST], "CHECK", 200, getattr(self, short + "_check")(segments)
        else:
            case, step, status, document = getattr(self, short)(method, segments, query, data, line)
        if document is None:
            self.violation("a path that the vendor does not have", line)
            status, document = 404, {"error": "no such path"}
        if case:
            case.asked[step] = case.asked.get(step, 0) + 1
            case.line = line
        return case, step, status, document

    def sent(self, case, data_text, line):
        """A SEND came in. Whether it runs."""
        if self.by_number(data_text, line, r"^Case (\d+)") is not case:
            self.violation("the text of another case", line, data_text)
        case.sends += 1
        if case.fault and case.step == "SEND" and case.fault.instead and case.asked.get("SEND", 0) < case.times:
            return
        case.runs += 1

    def asking(self, case, after):
        """What a GET of a conversation is for."""
        return "LEARN" if not case.sends else "RECONCILE" if case.flow == "lost" else after

    # ---- Gumloop agents -----------------------------------------------------------------------------------------

    def ga(self, method, segments, query, data, line):
        if method == "POST" and segments == ["start_agent"]:
            case = self.by_number(data.get("gummie_id"), line)
            if not case:
                return None, "SEND", 404, {"error": "gummie_not_found"}
            self.sent(case, data.get("message"), line)
            return case, "SEND", 202, {"interaction_id": case.conversation, "status": "processing"}
        if method == "GET" and len(segments) == 2 and segments[0] == "agent_status":
            case = self.find("gumloop_agents", segments[1], line)
            if not case:
                return None, "POLL", 404, {"error": "interaction_not_found"}
            rows = case.said()
            messages = [{"id": id_, "role": "user", "content": text} if ours else {"id": id_, "role": "assistant", "parts": [
                {"id": "p1", "type": "tool_invocation", "toolName": "search", "toolCallState": "completed"},
                {"id": "p2", "type": "text", "text": text}]} for id_, ours, text in rows]
            return case, self.asking(case, "POLL"), 200, {
                "interaction_id": case.conversation, "gummie_id": case.agent_id, "state": "COMPLETED",
                "messages": messages, "response": rows[-1][2] if rows else None}
        return None, "", 404, None

    # ---- Gumloop sessions ---------------------------------------------------------------------------------------

    def session(self, case, state, rows):
        return {"session": {
            "id": case.conversation, "agent_id": case.agent_id, "state": state,
            "messages": [{"id": id_, "role": "user" if ours else "assistant", "content": text if ours else None,
                          "parts": None if ours else [{"type": "text", "text": text}]} for id_, ours, text in rows],
            "usage": {"credit_cost": 2, "input_tokens": 3, "output_tokens": 4}}, "queue_position": None}

    def gs(self, method, segments, query, data, line):
        if method == "POST" and len(segments) == 3 and segments[0] == "agents" and segments[2] == "sessions":
            case = self.by_number(unquote_to_bytes(segments[1]).decode(), line)
            if not case:
                return None, "SEND", 404, {"error": "agent_not_found"}
            key = data.get("session_id")
            if case.runs and key == case.key:
                case.sends += 1
                return case, "AGAIN", 409, {"error": {"code": "session_already_exists", "message": "it exists"}}
            case.key, ours = key, case.conversation
            self.sent(case, data.get("input"), line)
            if not case.ids.get("conversation"):
                case.conversation = ours = key
            self.owner["gumloop_sessions", key] = self.owner["gumloop_sessions", ours] = case
            return case, "SEND", 202, self.session(case, "processing", [])
        if segments[0] == "sessions" and len(segments) in (2, 3):
            case = self.find("gumloop_sessions", segments[1], line)
            if not case:
                return None, "POLL", 404, {"error": {"code": "session_not_found", "message": "none"}}
            rows, working = case.said(), case.flow == "cancel" and not case.asked.get("CANCEL") and case.sends
            if method == "POST" and segments[2:] == ["messages"]:
                self.sent(case, data.get("input"), line)
                return case, "SEND", 202, self.session(case, "processing", rows[:2])
            if method == "POST" and segments[2:] == ["cancel"]:
                case.cancelled = not (case.fault and case.fault.instead)
                return case, "CANCEL", 200, self.session(case, "failed", [])
            if method == "GET" and len(segments) == 2:
                state = "processing" if working else "failed" if case.cancelled else "completed"
                return case, self.asking(case, "POLL"), 200, self.session(case, state, rows[:-1] if working else rows)
        return None, "", 404, None

    def gs_check(self, segments):
        return {"agents": [{"id": "abc", "name": "x"}], "next_cursor": None} if segments == ["agents"] else None

    # ---- Gennia -------------------------------------------------------------------------------------------------

    def gennia_message(self, case, row):
        id_, ours, text = row
        return {"publicId": id_, "conversationPublicId": case.conversation, "role": "user" if ours else "agent",
                "content": text, "costOps": 2, "costUsd": 0.25,
                "tokenUsage": {"inputTokens": 3, "outputTokens": 4, "totalTokens": 7}}

    def ge(self, method, segments, query, data, line):
        if method == "POST" and len(segments) == 3 and segments[0] == "agents" and segments[2] == "messages":
            case = self.by_number(unquote_to_bytes(segments[1]).decode(), line)
            if not case:
                return None, "SEND", 404, {"code": "AGENT_NOT_FOUND", "message": "none"}
            self.sent(case, data.get("content"), line)
            case.user = data.get("externalUserId")
            self.owner["gennia", case.user] = case
            return case, "SEND", 200, {
                "conversation": {"publicId": case.conversation, "agentPublicId": case.agent_id, "externalUserId": case.user},
                "durationMs": 5, "message": self.gennia_message(case, (case.said() or [("m", False, case.reply)])[-1])}
        if method == "GET" and segments == ["conversations"]:
            case = self.find("gennia", dict(pair.split("=") for pair in query.split("&")).get("externalUserId", ""), line)
            if not case:
                return None, "FIND", 200, {"items": [], "page": 1, "limit": 1, "total": 0, "totalPages": 0}
            return case, "FIND", 200, {"items": [{"publicId": case.conversation, "externalUserId": case.user}], "page": 1,
                                       "limit": 1, "total": 1, "totalPages": 1}
        if method == "GET" and len(segments) == 3 and segments[0] == "conversations" and segments[2] == "messages":
            case = self.find("gennia", segments[1], line)
            if not case:
                return None, "RECONCILE", 404, {"code": "CONVERSATION_NOT_FOUND", "message": "none"}
            rows = case.said()[::-1]
            return case, self.asking(case, "RECONCILE"), 200, {
                "items": [self.gennia_message(case, row) for row in rows], "page": 1, "limit": 200, "total": len(rows),
                "totalPages": 1}
        return None, "", 404, None

    def ge_check(self, segments):
        return {"status": "ok", "workspacePublicId": "w", "apiKeyPublicId": "k"} if segments == ["health"] else None

    # ---- Dumpling AI --------------------------------------------------------------------------------------------

    def du(self, method, segments, query, data, line):
        if method != "POST" or segments != ["agents", "generate-completion"]:
            return None, "", 404, None
        case = self.by_number(data.get("agentId"), line)
        if not case:
            return None, "SEND", 404, {"error": "Agent not found"}
        self.sent(case, data["messages"][-1]["content"], line)
        usage = {"promptTokens": 3, "completionTokens": 4, "totalTokens": 7}
        return case, "SEND", 200, {
            "parsedJson": None, "text": case.reply, "stepsTaken": 1, "tokenUsage": usage, "creditUsage": 2,
            "steps": [{"text": STEP, "toolCalls": [], "finishReason": "stop", "usage": usage}],
            "threadId": case.conversation}

    # ---- Enthusiast ---------------------------------------------------------------------------------------------

    def en(self, method, segments, query, data, line):
        if segments[:2] == ["api", "conversations"] and method == "POST" and len(segments) == 2:
            case = self.by_number(str(data.get("agent_id")), line)
            if not case:
                return None, "OPEN", 404, {"detail": "Agent not found."}
            return case, "OPEN", 201, {"id": case.conversation, "started_at": "2026-11-22T10:00:00Z", "history": []}
        if segments[:2] == ["api", "task_status"] and method == "GET" and len(segments) == 4 and segments[3] == "":
            case = self.find("enthusiast", segments[2], line)
            return case, "POLL", 200, {"state": "SUCCESS" if case else "PENDING"}
        if segments[:2] != ["api", "conversations"] or len(segments) != 3:
            return None, "", 404, None
        case = self.find("enthusiast", segments[2], line)
        if not case:
            return None, "", 404, {"detail": "Not found."}
        if method == "POST":
            self.sent(case, data.get("question_message"), line)
            return case, "SEND", 202, {"task_id": case.ticket, "streaming": False}
        return case, self.asking(case, "FETCH"), 200, {
            "id": case.conversation, "started_at": "2026-11-22T10:00:00Z", "summary": None,
            "history": [{"id": 100 * case.number + index, "type": "human" if row[1] else "ai", "text": row[2]}
                        for index, row in enumerate(case.said(), 1)]}

    def en_check(self, segments):
        return {"count": 0, "next": None, "previous": None, "results": []} if segments == ["api", "conversations"] else None
