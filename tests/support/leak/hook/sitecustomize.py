"""Puts the faults of tests/support/leak/faults.py into this process, once the modules they are for are imported."""

import importlib.abc
import importlib.machinery
import json
import os
import pathlib
import sys


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, faults):
        from tests.support.leak.faults import DOORS, loud

        self._loud = loud
        self._by_module = {}
        for name, fault in faults.items():
            module, attribute = DOORS[name]
            self._by_module.setdefault(module, []).append((attribute, fault))

    def find_spec(self, name, path=None, target=None):
        if name not in self._by_module:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        execute, todo, loud = spec.loader.exec_module, self._by_module.pop(name), self._loud

        def with_faults(module):
            execute(module)
            for attribute, fault in todo:
                setattr(module, attribute, loud(getattr(module, attribute), fault))

        spec.loader.exec_module = with_faults
        return spec


def _install():
    path = os.environ.get("ZAEHLBAR_TEST_FAULTS")
    if path:
        sys.meta_path.insert(0, _Finder(json.loads(pathlib.Path(path).read_text(encoding="utf-8"))))


_install()
