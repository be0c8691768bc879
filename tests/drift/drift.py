# SPDX-License-Identifier: MIT
"""Holds together what is told in several places: each list is taken from the one place that defines it, and
every other place must name all of it and nothing else. Speaks TAP; run by drift.sh."""

import json
import sys
import tempfile
from pathlib import Path

from base import NUNCIO, PLUGIN_DIR, end, ok, read, run
from configuration import check_ini, check_ini_values, check_plugin_options
from interfaces import check_abi, check_environment, check_library
from options import check_options, check_readme_options
from sandbox import check_sandbox
from words import check_capabilities, check_classes, check_exit_codes, check_json, check_words


def listings():
    """What `plugins --json` and `providers --json` say, of a configuration with every plugin."""
    with tempfile.TemporaryDirectory() as home:
        config = Path(home) / "nuncio.ini"
        config.write_text(f"[nuncio]\nplugin_path = {PLUGIN_DIR}\n" + read("etc/sandbox.ini"), encoding="utf-8")
        config.chmod(0o600)
        arguments = [NUNCIO, "--config", str(config)]
        plugins = [json.loads(line) for line in run(*arguments, "plugins", "--json").splitlines()]
        providers = [json.loads(line) for line in run(*arguments, "providers", "--json").splitlines()]
    # What is installed on this machine is not of this build.
    return {plugin["name"]: plugin for plugin in plugins if plugin["path"].startswith(PLUGIN_DIR)}, providers


def main():
    plugins, providers = listings()
    assert plugins and providers, "nuncio plugins and nuncio providers list nothing"
    for check, *arguments in [
        (check_options,), (check_readme_options,), (check_ini, plugins), (check_ini_values,),
        (check_plugin_options, plugins), (check_json, plugins, providers), (check_exit_codes,), (check_classes,),
        (check_words,), (check_capabilities, plugins), (check_abi,), (check_library,), (check_environment,),
        (check_sandbox,),
    ]:
        try:
            check(*arguments)
        except Exception as error:  # a place that cannot be read any more is a failure of its own
            ok(f"{check.__name__} could read what it compares", [f"{type(error).__name__}: {error}"])
    return end()


sys.exit(main())
