"""YAML as a person would write it: equal values are written out, nothing points to anything."""

from __future__ import annotations

from typing import Any

import yaml


class _Plain(yaml.SafeDumper):
    """Tuples are lists; no value is an alias of another."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML asks with this signature
        return True


_Plain.add_representer(tuple, _Plain.represent_list)


def plain_yaml(content: dict[str, Any]) -> str:
    """Return `content` as YAML in its own order, UTF-8 characters as they are."""
    return yaml.dump(content, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=120)
