# SPDX-License-Identifier: MIT
"""What the imitation's vendors answer: see imitation.py."""

import threading
import time
import uuid

KEY = "gsk_imitation-4711"
AGENTS = {"gumloop": "Agent/ä 1", "gennia": "0f8fad5b-d9cb-469f-a165-70867728950e", "dumpling": "agent~1",
          "enthusiast": 7}
USER, DATA_SET = "user ü", 42


class Refusal(Exception):
    def __init__(self, status, body):
        super().__init__(status, body)
        self.status, self.body = status, body


class Conversation:
    def __init__(self, id_, agent, user=None):
        self.id, self.agent, self.user, self.turns, self.looks = id_, agent, user, [], 0

    def ask(self, text, world):
        """A turn: our text, and the reply when the work is done."""
        self.looks = 0
        self.turns.append((text, f"Reply {len(self.turns) + 1} to <{text}>", time.monotonic() + world.work))
        world.runs += 1

    def busy(self):
        return bool(self.turns) and time.monotonic() < self.turns[-1][2]

    def said(self):
        """(number, speaker, text): tool calls stand between question and answer."""
        rows = []
        for text, reply, done in self.turns:
            rows.append((len(rows) + 1, "user", text))
            if time.monotonic() >= done:
                rows.append((len(rows) + 1, "tool", "searching"))
                rows.append((len(rows) + 1, "agent", reply))
        return rows


class World:
    def __init__(self, work, version, stale):
        self.work, self.version, self.stale = work, version, stale
        self.runs, self.sends, self.lose, self.lost = 0, 0, False, 0
        self.conversations, self.tasks, self.lock = {}, {}, threading.RLock()

    def add(self, id_, agent, user=None):
        self.conversations[id_] = Conversation(id_, agent, user)
        return self.conversations[id_]

    def get(self, id_, refusal):
        if id_ not in self.conversations:
            raise Refusal(404, refusal)
        return self.conversations[id_]

    # ---- Gumloop: start_agent, agent_status ---------------------------------------------------------------------

    def start_agent(self, call):
        need(call.headers.get("Authorization") == f"Bearer {KEY}", 403, {"error": "Unauthorized"})
        body = call.json({"error": "invalid JSON"})
        need(text(body.get("gummie_id")), 400, {"error": "gummie_id is required"})
        need(text(body.get("message")), 400, {"error": "message is required"})
        need(body.get("user_id") == USER, 400, {"error": "project_id or user_id is required"})
        need(body["gummie_id"] == AGENTS["gumloop"], 404, {"error": "gummie_not_found"})
        known = body.get("interaction_id")
        if known is None:
            found = self.add(uuid.uuid4().hex, body["gummie_id"])
        else:
            found = self.get(known, {"error": "interaction_not_found"})
            need(not found.busy(), 409, {"error": "interaction_not_in_terminal_state"})
        found.ask(body["message"], self)
        return 202, {"status": "processing", "interaction_id": found.id}

    def agent_status(self, call, id_):
        need(call.headers.get("Authorization") == f"Bearer {KEY}", 401, {"error": "unauthorized"})
        need(call.query.get("user_id") == USER, 403, {"error": "unauthorized"})
        found = self.get(id_, {"error": "interaction_not_found"})
        found.looks += 1
        common = {"created_ts": "2026-11-22T10:00:00", "gummie_id": found.agent, "interaction_id": id_}
        rows = found.said()
        if self.stale and len(found.turns) > 1 and found.looks <= 2:  # the turn before shows for a while
            rows = [row for row in rows if row[0] <= 3 * (len(found.turns) - 1)]
        elif found.busy():
            return 200, {**common, "state": "ASYNC_PROCESSING"}
        return 200, {**common, "state": "COMPLETED", "response": rows[-1][2], "messages": [
            {"id": f"m{number}", "role": "user" if who == "user" else "assistant", "timestamp": "2026-11-22T10:00:00",
             **({"content": said} if who != "tool" else {"parts": [
                 {"id": "p", "type": "tool_invocation", "toolName": said, "toolCallState": "completed"}]})}
            for number, who, said in rows]}

    # ---- Gumloop: sessions --------------------------------------------------------------------------------------

    def check_member(self, call):
        need(call.headers.get("Authorization") == f"Bearer {KEY}", 401, {"error": "unauthorized"})
        need(call.headers.get("x-auth-key", "").encode("latin-1").decode() == USER, 403, {"error": "forbidden"})

    def session(self, found, state=None):
        rows = [] if state else found.said()
        state = state or ("running_tools" if found.busy() else "completed")
        return {"session": {
            "id": found.id, "agent_id": found.agent, "type": "api", "state": state,
            "messages": [{"id": f"s{number}", "role": {"user": "user", "tool": "tool", "agent": "assistant"}[who],
                          "content": said, "parts": None, "created_at": "2026-11-22T10:00:00Z"}
                         for number, who, said in rows]}, "queue_position": None}

    def create_session(self, call, agent):
        self.check_member(call)
        body = call.json({"error": "invalid"})
        need(agent == AGENTS["gumloop"], 404, {"error": "agent_not_found"})
        need(set(body) <= {"input", "session_id", "name", "metadata", "stream"}, 400, {"error": "invalid_request"})
        id_ = body.get("session_id") or uuid.uuid4().hex
        need(id_ not in self.conversations, 409, {"error": "session_already_exists"})
        found = self.add(id_, agent)
        need(text(body.get("input")), 400, {"error": "missing_input"})
        found.ask(body["input"], self)
        return 202, self.session(found, "processing")

    def session_message(self, call, id_):
        self.check_member(call)
        body = call.json({"error": "invalid"})
        found = self.get(id_, {"error": "session_not_found"})
        need(set(body) <= {"input", "stream", "attachments"}, 400, {"error": "invalid_request"})
        need(text(body.get("input")), 400, {"error": "missing_input"})
        need(not found.busy(), 409, {"error": "interaction_not_in_terminal_state"})
        found.ask(body["input"], self)
        return 202, self.session(found, "processing")

    def read_session(self, call, id_):
        self.check_member(call)
        return 200, self.session(self.get(id_, {"error": "session_not_found"}))

    # ---- Gennia -------------------------------------------------------------------------------------------------

    def gennia(self, call):
        need(call.headers.get("X-Api-Key") == KEY, 401, {"message": "no such key", "code": "INVALID_API_KEY"})

    def gennia_send(self, call, agent):
        self.gennia(call)
        invalid = {"message": "invalid", "code": "VALIDATION_ERROR"}
        body = call.json(invalid)
        need(set(body) <= {"content", "attachments", "conversationId", "externalUserId", "isTest", "metadata",
                           "timeoutSeconds"}, 400, invalid)
        need(isinstance(body.get("content"), str) and len(body["content"]) <= 32000, 400, invalid)
        seconds = body.get("timeoutSeconds", 60)
        need(isinstance(seconds, int) and 1 <= seconds <= 300, 400, invalid)
        need(agent == AGENTS["gennia"], 404, {"message": "none", "code": "AGENT_NOT_FOUND"})
        user, id_ = body.get("externalUserId"), body.get("conversationId")
        if id_ is not None:
            found = self.get(id_, {"message": "none", "code": "CONVERSATION_NOT_FOUND"})
        else:
            same = [one for one in self.conversations.values() if user and one.user == user]
            found = same[0] if same else self.add(str(uuid.uuid4()), agent, user or str(uuid.uuid4()))
        found.ask(body["content"], self)
        reply = found.turns[-1][1]
        return 200, {"conversationId": found.id, "messages": [
            {"role": "user", "content": body["content"]}, {"role": "assistant", "content": reply}]}, self.work

    def gennia_conversations(self, call):
        self.gennia(call)
        known = {"page", "limit", "agentPublicId", "externalUserId", "channel", "isTest", "isEnded", "since", "until"}
        good = set(call.query) <= known and 1 <= int(call.query.get("limit", 20)) <= 100
        need(good, 400, {"code": "VALIDATION_ERROR"})
        found = [one for one in self.conversations.values() if one.user == call.query.get("externalUserId", one.user)]
        return 200, {"page": 1, "limit": 20, "total": len(found), "totalPages": 1,
                     "items": [{"publicId": one.id, "externalUserId": one.user} for one in found]}

    def gennia_messages(self, call, id_):
        self.gennia(call)
        good = set(call.query) <= {"page", "limit", "order", "role"} and 1 <= int(call.query.get("limit", 50)) <= 200
        need(good, 400, {"code": "VALIDATION_ERROR"})
        rows = [row for row in self.get(id_, {"code": "CONVERSATION_NOT_FOUND"}).said() if row[1] != "tool"]
        if call.query.get("order") == "desc":
            rows.reverse()
        items = [{"publicId": f"{id_}-{number}", "role": who, "content": said} for number, who, said in rows]
        return 200, {"items": items, "page": 1, "limit": 50, "total": len(rows), "totalPages": 1}

    # ---- Dumpling AI --------------------------------------------------------------------------------------------

    def dumpling(self, call):
        need(call.headers.get("Authorization") == f"Bearer {KEY}", 401, {"error": "bad key", "code": "UNAUTHORIZED"})
        body = call.json({"error": "bad JSON"})
        good = isinstance(body.get("messages"), list) and body["messages"] and isinstance(body.get("parseJson"), bool)
        need(good, 400, {"error": "bad request", "code": "BAD_REQUEST"})
        need(body.get("agentId") == AGENTS["dumpling"], 404, {"error": "Agent not found"})
        last = body["messages"][-1]
        need(last.get("role") == "user" and text(last.get("content")), 400, {"error": "no user message"})
        found = (self.get(body["threadId"], {"error": "Thread not found", "code": "THREAD_NOT_FOUND"})
                 if "threadId" in body else self.add("th/" + uuid.uuid4().hex, body["agentId"]))
        found.ask(last["content"], self)
        json_wanted = {"n": 12345678901234567890, "f": 1.50} if body["parseJson"] else None
        return 200, {"parsedJson": json_wanted, "text": found.turns[-1][1], "stepsTaken": 2, "steps": [],
                     "tokenUsage": {"promptTokens": 5, "completionTokens": 6, "totalTokens": 11}, "creditUsage": 0.25,
                     "threadId": found.id}, self.work

    # ---- Enthusiast ---------------------------------------------------------------------------------------------

    def token(self, call):
        need(call.headers.get("Authorization") == f"Token {KEY}", 401, {"detail": "Invalid token."})

    def open_conversation(self, call):
        self.token(call)
        body = call.json({"detail": "JSON parse error"})
        field = "agent_id" if self.version >= 1.3 else "data_set_id"
        need(field in body, 400, {field: ["This field is required."]})
        need(isinstance(body[field], int), 400, {field: ["A valid integer is required."]})
        known = AGENTS["enthusiast"] if field == "agent_id" else DATA_SET
        need(body[field] == known, 404, {"detail": "Agent not found."})
        found = self.add(9007199254740993 + len(self.conversations), field)
        return 201, {"id": found.id, "started_at": "2026-11-22T10:00:00Z", "history": []}

    def ask_question(self, call, id_):
        self.token(call)
        body = call.json({"detail": "JSON parse error"})
        found = self.get(int(id_), {"detail": "Not found."})
        given = text(str(body.get("question_message", "")).strip())
        need(given, 400, {"question_message": ["This field is required."]})
        task = str(uuid.uuid4())
        if body.get("data_set_id") == DATA_SET:
            found.ask(body["question_message"].strip(), self)
            self.tasks[task] = found
        return 202, {"task_id": task, **({"streaming": False} if self.version > 1.0 else {})}

    def task_status(self, call, task):
        self.token(call)
        found = self.tasks.get(task)
        return 200, {"state": "PENDING" if not found else "RETRY" if found.busy() else "SUCCESS"}

    def read_conversation(self, call, id_):
        self.token(call)
        words = {"user": "user", "tool": "function", "agent": "agent"} if self.version < 1.1 else {
            "user": "human", "tool": "intermediate_step", "agent": "ai"}
        found = self.get(int(id_), {"detail": "Not found."})
        return 200, {"id": found.id, "history": [
            {"id": 1000 + number, "text": said, "type" if self.version >= 1.4 else "role": words[who]}
            for number, who, said in found.said()]}


def need(good, status, body):
    if not good:
        raise Refusal(status, body)


def text(value):
    return isinstance(value, str) and value != ""
