# SPDX-License-Identifier: MIT
"""Plugin files with a fault: what the program says of each, and that the other providers go on working."""

import json
import os
import stat

import pytest

from mockery import MOCK_DIR, Vendor, install
from support import PLUGIN_DIR

USER = 4711  # owns nothing here


@pytest.fixture(scope="module")
def module_vendor():
    with Vendor() as vendor:
        yield vendor


@pytest.fixture
def vendor(module_vendor):
    module_vendor.requests.clear()
    return module_vendor


@pytest.fixture
def plugins(tmp_path):
    directory = tmp_path / "plugins"
    install("good", directory)
    return directory


def configuration(plugins, vendor, plugin, lines=""):
    """A provider that works, and one with the plugin: line 10 of the file names it."""
    return f"""[nuncio]
plugin_path = {plugins}
[provider well]
plugin = good
base_url = {vendor.base}
api_key = k
[provider odd]
base_url = {vendor.base}
poll_min = 10ms
plugin = {plugin}
{lines}
[agent well]
provider = well
id = 1
[agent odd]
provider = odd
id = 1
"""


# ---- Faults that show when the file is opened ------------------------------------------------------------------


def spoil_truncated(plugins):
    file = install("good", plugins, "truncated")
    data = file.read_bytes()
    file.write_bytes(data[:5000])
    return {"needed": wanted_size(data)}


def wanted_size(data):
    """The end of the last segment of a 64-bit or 32-bit shared object."""
    wide = data[4] == 2
    word = lambda at, size: int.from_bytes(data[at:at + size], "little" if data[5] == 1 else "big")  # noqa: E731
    table, size, count = (word(32, 8), word(54, 2), word(56, 2)) if wide else (word(28, 4), word(42, 2), word(44, 2))
    rows = [table + i * size for i in range(count)]
    place = (8, 32, 8) if wide else (4, 16, 4)
    return max(word(row + place[0], place[2]) + word(row + place[1], place[2]) for row in rows if word(row, 4) == 1)


def spoil_directory(plugins):
    (plugins / "not_regular.so").mkdir()


def spoil_fifo(plugins):
    os.mkfifo(plugins / "fifo.so")


def spoil_dangling(plugins):
    (plugins / "dangling.so").symlink_to("nowhere.so")


def spoil_text(plugins):
    (plugins / "text.so").write_text("This is no shared object, but a text of more than sixty-four bytes.\n")


def spoil_short_file(plugins):
    (plugins / "short_file.so").write_bytes((MOCK_DIR / "good.so").read_bytes()[:60])


def spoil_writable(plugins):
    install("good", plugins, "writable", mode=0o664)


def spoil_owner(plugins):
    file = install("good", plugins, "owned")
    os.chown(file, USER, -1)


FAULTS = {  # the plugin, what is done in the directory, and what is said of it
    "no symbol": ("no_symbol", None, "plugin {file} has no symbol nuncio_plugin_v1: it is no nuncio plugin, or for another "
                                     "ABI than 1; install one for ABI 1"),
    "no descriptor": ("no_descriptor", None, "plugin {file}: nuncio_plugin_v1() returned NULL; tell its author, it must "
                                             "return the descriptor"),
    "wrong major": ("wrong_major", None, "plugin {file}: is for ABI 2, this nuncio has 1; build or install it for ABI 1"),
    "newer minor": ("newer_minor", None, "plugin {file}: needs ABI 1.1, this nuncio has 1.0; install a newer nuncio"),
    "short": ("short", None, "plugin {file}: the descriptor has 104 bytes, ABI 1.0 has 112; build it against "
                             "nuncio/plugin.h"),
    "missing step": ("missing_step", None, "plugin {file}: has the capability async-poll without its step POLL; add the "
                                           "step or drop the capability"),
    "wrong traits": ("wrong_traits", None, "plugin {file}, after configure() for [provider odd]: has the capability cancel "
                                           "without its step CANCEL; add the step or drop the capability"),
    "wrong name": ("wrong_name", None, "plugin {file}: the descriptor's name is other_name, the file's wrong_name; set .name to that, or rename "
                                       "the file to other_name.so"),
    "undefined symbol": ("undefined_symbol", None, "plugin {file} cannot be loaded: undefined symbol: "
                                                   "nuncio_mock_undefined; build it for this system, or install what it "
                                                   "needs"),
    "truncated": ("truncated", spoil_truncated, "plugin {file} is cut off: it has 5000 bytes and needs at least {needed}; "
                                                "install it again"),
    "nearly empty": ("short_file", spoil_short_file, "plugin {file} cannot be loaded: file too short; build it for this "
                                                     "system, or install what it needs"),
    "text": ("text", spoil_text, "plugin {file} cannot be loaded: invalid ELF header; build it for this system, or install "
                                 "what it needs"),
    "directory": ("not_regular", spoil_directory, "plugin {file} is not a regular file; put the shared object there"),
    "fifo": ("fifo", spoil_fifo, "plugin {file} is not a regular file; put the shared object there"),
    "dangling link": ("dangling", spoil_dangling, "plugin {file} cannot be looked at: No such file or directory; check "
                                                  "that the file is there"),
    "writable by others": ("writable", spoil_writable, "{file} can be written by others (owner uid {uid}, mode 0664); run: "
                                                       "chmod go-w {file}"),
    "owner not trusted": ("owned", spoil_owner, f"{{file}} is owned by uid {USER} (mode 0644); plugins and their directory "
                                                "must be owned by root or by the user who runs them"),
}


def check_others_work(program, vendor, told):
    run = program("send", "well", "Hi")
    assert (run.code, run.out) == (0, "Well.\n"), run
    assert run.err == f"nuncio: warning: provider odd cannot be used: {told}\n"
    assert vendor.asked("POST /send") == len(vendor.requests) == 1


def check_listed(program, told, plugin):
    run = program("providers", "--json")
    rows = {row["provider"]: row for row in map(json.loads, run.out.splitlines())}
    assert run.code == 0 and rows["well"]["health"] == "ok" and rows["well"]["error"] is None, run
    odd = rows["odd"]
    assert (odd["plugin"], odd["agent"], odd["id"], odd["health"], odd["error"]) == (plugin, "odd", "1", "error", told)
    assert (odd["strategy"], odd["capabilities"]) == (None, [])
    assert f"  error: {told}\n" in program("providers").out


def check_checked(program, told):
    run = program("check")
    assert run.code == 2, run
    assert run.out.splitlines() == ["ok    provider well: key: every key can be read",
                                    f"error provider odd: plugin file: {told}"]
    assert run.err.splitlines() == [f"nuncio: warning: provider odd cannot be used: {told}",
                                    "nuncio: 1 of 2 checks failed"]


@pytest.mark.parametrize("plugin,spoil,message", FAULTS.values(), ids=FAULTS)
def test_fault(program, vendor, plugins, plugin, spoil, message):
    if spoil is spoil_owner and os.geteuid() != 0:
        pytest.skip("only root can give files away")
    known = (spoil(plugins) if spoil else install(plugin, plugins) and None) or {}
    file = plugins / f"{plugin}.so"
    told = message.format(file=file, uid=os.geteuid(), **known)
    program.configure(configuration(plugins, vendor, plugin))
    told = f"{program.file}:10: {told}"

    for arguments in [("odd", "Hi"), ("odd", "Hi", "--json"), ("odd/1", "Hi"), ("odd", "Hi", "--dry-run"), ("odd", "--explain")]:
        assert program("send", *arguments).usage_error() == told
    assert vendor.requests == []
    check_others_work(program, vendor, told)
    check_listed(program, told, plugin)
    check_checked(program, told)
    rows = {row["name"]: row for row in map(json.loads, program("plugins", "--json").out.splitlines())}
    assert rows["good"]["error"] is None
    if plugin != "wrong_traits":  # its descriptor is sound
        assert f"{program.file}:10: {rows[plugin]['error']}" == told


def test_untrusted_directory(program, vendor, plugins, tmp_path):
    """It is the fault of all plugins in it, and of no other's."""
    odd = tmp_path / "odd"
    file = install("larger_elements", odd)
    odd.chmod(0o777)
    program.configure(configuration(f"{plugins}:{odd}", vendor, "larger_elements"))
    told = (f"{program.file}:10: plugin {file}: {odd} can be written by others (owner uid {os.geteuid()}, mode 0777); "
            f"run: chmod go-w {odd}")
    assert program("send", "odd", "Hi").usage_error() == told
    check_others_work(program, vendor, told)


def test_wrong_configuration_stops_everything(program, vendor, plugins):
    """Nothing is half-applied: what the user wrote wrongly is no fault of a file."""
    install("wrong_major", plugins)
    for plugin, line, sentence in [("wrong_major", "tiemout = 1m\ntimeout = x", 12), ("goood", "", 10), ("a/b", "", 10)]:
        program.configure(configuration(plugins, vendor, plugin, line))
        for arguments in [("send", "well", "Hi"), ("check",), ("providers",)]:
            assert program(*arguments).usage_error().startswith(f"{program.file}:{sentence}: "), plugin
    assert vendor.requests == []


def test_missing_plugin(program, vendor, plugins):
    program.configure(configuration(plugins, vendor, "goood"))
    error = program("send", "well", "Hi").usage_error()
    assert error.startswith(f"{program.file}:10: there is no plugin goood in {plugins}, ")
    assert error.endswith("; did you mean good?")


def test_two_providers_of_one_file(program, vendor, plugins):
    """Each is told with its own line."""
    file = install("wrong_major", plugins)
    program.configure(configuration(plugins, vendor, "wrong_major", "[provider odd2]\nplugin = wrong_major"))
    fault = f"plugin {file}: is for ABI 2, this nuncio has 1; build or install it for ABI 1"
    run = program("send", "well", "Hi")
    assert run.out == "Well.\n" and run.err.splitlines() == [
        f"nuncio: warning: provider odd cannot be used: {program.file}:10: {fault}",
        f"nuncio: warning: provider odd2 cannot be used: {program.file}:12: {fault}"], run
    assert program("--log-level", "error", "send", "well", "Hi").err == ""


def test_all_are_refused(program, vendor, plugins):
    file = install("good", plugins, mode=0o666)
    program.configure(f"[nuncio]\nplugin_path = {plugins}\n[provider good]\nbase_url = {vendor.base}\napi_key = k\n")
    assert program("send", "good/1", "Hi").usage_error().startswith(f"{program.file}:3: {file} can be written by others")
    assert program("check").code == 2


# ---- What loads ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plugin", ["longer", "larger_elements"])
def test_of_a_later_minor(program, vendor, plugins, plugin):
    install(plugin, plugins)
    program.configure(configuration(plugins, vendor, plugin, "first = x\nsecond = 9"))
    run = program("send", "odd", "Hi")
    assert (run.code, run.out, run.err) == (0, "Well.\n", ""), run
    assert vendor.requests[0][:3] == ("POST", "/send", {"text": "Hi"})
    row = next(row for row in map(json.loads, program("plugins", "--json").out.splitlines()) if row["name"] == plugin)
    assert [option["name"] for option in row["options"]] == ["first", "second"] and row["error"] is None


def test_duplicate(program, vendor, plugins, tmp_path):
    """The first directory decides, and the other file is told of."""
    second = install("hostile", tmp_path / "second", "good")
    program.configure(configuration(f"{plugins}:{second.parent}", vendor, "good", "api_key = k"))
    assert program("send", "odd", "Hi").out == "Well.\n"
    errors = [row["error"] for row in map(json.loads, program("plugins", "--json").out.splitlines()) if row["name"] == "good"]
    assert errors == [None, f"plugin {second} is not used: {plugins}/good.so comes first; remove one, or change plugin_path"]


def test_duplicate_whose_first_is_refused(program, vendor, plugins, tmp_path):
    """Another one taken silently would surprise."""
    second = install("good", tmp_path / "second")
    (plugins / "good.so").chmod(0o666)
    program.configure(configuration(f"{plugins}:{second.parent}", vendor, "good", "api_key = k"))
    assert "can be written by others" in program("send", "odd", "Hi").usage_error()
    assert vendor.requests == []


# ---- An environment that would lead elsewhere ------------------------------------------------------------------


LA = """# good.la - a libtool library file
dlname='good.so'
library_names='good.so good.so good.so'
old_library=''
inherited_linker_flags=''
dependency_libs=''
current=0
age=0
revision=0
installed=yes
shouldnotlink=yes
dlopen=''
dlpreopen=''
libdir='{directory}'
"""


def test_hostile_environment(program, vendor, plugins, tmp_path):
    """Neither the environment nor a .la file beside the plugin leads to another file."""
    hostile = install("hostile", tmp_path / "hostile", "good").parent
    for directory in [plugins, hostile]:
        (directory / "good.la").write_text(LA.format(directory=hostile))
    program.configure(configuration(plugins, vendor, "good", "api_key = k"))
    libraries = os.environ.get("LD_LIBRARY_PATH", "")
    environment = {"LTDL_LIBRARY_PATH": str(hostile), "LD_LIBRARY_PATH": f"{hostile}:{libraries}", "MODULE_PATH": str(hostile)}
    for arguments in [("send", "odd", "Hi"), ("plugins",), ("providers",), ("check",)]:
        run = program(*arguments, env=environment, cwd=hostile)
        assert run.code == 0 and run.err == "", run
    assert vendor.asked("POST /send") == 1


def test_only_a_libtool_archive(program, vendor, plugins, tmp_path):
    hostile = install("hostile", tmp_path / "hostile", "good").parent
    (plugins / "other.la").write_text(LA.format(directory=hostile))
    program.configure(configuration(plugins, vendor, "other"))
    error = program("send", "odd", "Hi", env={"LTDL_LIBRARY_PATH": str(hostile)}).usage_error()
    assert error.startswith(f"{program.file}:10: there is no plugin other in {plugins}, ")


def test_hostile_is_hostile(program, vendor, tmp_path):
    """Or the tests above would prove nothing."""
    hostile = install("hostile", tmp_path / "hostile", "good").parent
    program.configure(configuration(hostile, vendor, "good", "api_key = k"))
    run = program("plugins")
    assert (run.code, run.err) == (99, "hostile code runs\n"), run


def test_relative_directory(program, vendor, plugins):
    """It is relative to the file that names it, not to where somebody starts the program."""
    program.configure(configuration("plugins", vendor, "good", "api_key = k"))
    assert program("send", "odd", "Hi", cwd="/").out == "Well.\n"


# ---- Faults that show when a message is sent -------------------------------------------------------------------


LOST = ("it may have been sent and is never sent again by itself: look at the vendor's own history, then say "
        "'nuncio settle {id} --ran' or '--not-run', or send it anew with 'nuncio send odd --again {id} --yes'")
BLAME = "odd: nuncio or the plugin is at fault: plugin {file} ({ini}:10): "
RUNS = {  # the plugin, exit code, state, class, what is said
    "next SEND after SEND": ("send_twice", 7, "unknown", "internal",
                             BLAME + f"NEXT to SEND, but it has left; POLL, FETCH or HISTORY may follow; {LOST}"),
    "oversized ticket": ("long_ticket", 7, "unknown", "protocol",
                         "odd: the answer is not what the vendor documents: plugin {file} ({ini}:10): the vendor's ticket is "
                         f"longer than 1024 bytes: it has 5000 (HTTP 200); {LOST}"),
    "unknown verdict": ("unknown_verdict", 7, "unknown", "internal",
                        BLAME + f"read of SEND returned 77, which is undefined; a verdict is 1 to 5 (HTTP 200); {LOST}"),
    "no answer": ("no_answer", 7, "unknown", "internal",
                  BLAME + f"DONE from SEND without a reply; set one, be it empty (HTTP 200); {LOST}"),
}


@pytest.mark.parametrize("plugin,code,state,class_,message", RUNS.values(), ids=RUNS)
def test_fault_of_a_run(program, vendor, plugins, plugin, code, state, class_, message):
    file = install(plugin, plugins)
    program.configure(configuration(plugins, vendor, plugin))
    run = program.send("odd", "Hi", "--timeout", "5s")
    result = run.check(code, state, class_, sends=1)
    assert result["error"]["message"] == message.format(file=file, ini=program.file, id=result["id"])
    assert run.err == f"nuncio: {result['error']['message']}\n"
    assert result["reply"] == {"text": None, "json": None} and result["ticket"] is None
    assert vendor.asked("POST /send") == len(vendor.requests) == 1, "never sent twice"
    assert program("send", "well", "Hi").out == "Well.\n"


def test_endless_wait(program, vendor, plugins):
    """Patience ends it, or give_up; the polls keep their distance."""
    install("endless_wait", plugins)
    program.configure(configuration(plugins, vendor, "endless_wait", "poll_max = 50ms"))
    result = program.send("odd", "Hi", "--timeout", "1s").check(5, "processing", "timeout", sends=1)
    assert result["error"]["message"] == ("odd: stopped waiting: waited 1.0 s; the run goes on at the vendor; "
                                          f"'nuncio wait {result['id']}' takes it up again")
    assert vendor.requests[0][1] == "/send" and 5 <= result["polls"] <= 100

    program.configure(configuration(plugins, vendor, "endless_wait", "poll_max = 50ms\ngive_up = 1s"))
    result = program.send("odd", "Hi", "--timeout", "20s").check(7, "unknown", "timeout", sends=1)
    assert "the run never became final" in result["error"]["message"]


def test_endless_next(program, vendor, plugins):
    """A chain of steps is cut, and what follows is asked at a distance until patience ends."""
    file = install("endless_next", plugins)
    program.configure(configuration(plugins, vendor, "endless_next"))
    run = program.send("odd", "Hi", "--timeout", "2s")
    assert run.code in (5, 7) and run.json["sends"] == 1, run
    assert len(vendor.requests) < 60, "not as fast as it can"
    assert f"plugin {file}" in run.err or "waited" in run.err, run


# ---- The plugin of the first hour ------------------------------------------------------------------------------


def answer_frozen(method, path, body):
    polls = answer_frozen.polls
    if path == "/talks":
        return 200, {"talk": 9007199254740993}
    if path.endswith("/messages"):
        return 200, {"run": "r/1", "queue": {"ahead": 2}}
    if path.startswith("/runs/"):
        polls.append(path)
        return 200, {"queue": {"ahead": 1}} if len(polls) == 1 else {"state": "over", "cost": 0.5}
    return 200, {"messages": [{"id": 1, "by": "me", "text": "Grüße"}, {"id": 2, "by": "it", "text": "Zurück"}],
                 "as_json": {"n": 12345678901234567890}, "cost": 1.5}


def test_frozen(program, plugins):
    """Built from the header as it was first given out; one message through all of its steps."""
    answer_frozen.polls = []
    install("frozen", plugins)
    with Vendor(answer_frozen) as vendor:
        program.configure(configuration(plugins, vendor, "frozen", "api_key = s3cret"))
        result = program.send("odd", "Grüße", "--parse-json").check(0, "completed", sends=1)
    assert result["reply"] == {"text": "Zurück", "json": {"n": 12345678901234567890}}
    assert result["conversation"]["remote_id"] == "9007199254740993" and result["ticket"] == "r/1"
    assert (result["strategy"], result["polls"], result["usage"]["credits"]) == ("thread+queued", 2, 1.5), result
    assert [request[:3] for request in vendor.requests] == [
        ("POST", "/talks", {"level": 3}),
        ("POST", "/talks/9007199254740993/messages",
         {"text": "Grüße", "agent": 1, "by": result["id"], "first": True, "characters": 5}),
        ("GET", "/runs/r%2F1?level=3", None),
        ("GET", "/runs/r%2F1?level=3", None),
        ("GET", "/talks/9007199254740993?level=3", None)]
    assert all(headers["Authorization"] == "Bearer s3cret" for *_, headers in vendor.requests)


def test_frozen_refusal(program, plugins):
    install("frozen", plugins)
    with Vendor(lambda method, path, body: (429, {"error": {"code": "month", "message": "Come back in May"}})) as vendor:
        program.configure(configuration(plugins, vendor, "frozen", "api_key = s3cret"))
        result = program.send("odd", "Hi").check(6, "failed", "quota", sends=0)
    assert "Come back in May" in result["error"]["message"] and result["error"]["vendor_code"] == "month"
    assert len(vendor.requests) == 1


def test_mocks_are_regular(plugins):
    """What the table above says of modes begins from here."""
    assert stat.S_IMODE((plugins / "good.so").stat().st_mode) == 0o644 and PLUGIN_DIR
