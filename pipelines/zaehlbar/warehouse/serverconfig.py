"""The embedded server's configuration file, written anew at each start."""

from __future__ import annotations

import os
import sys
from pathlib import Path

FILE_NAME = "zaehlbar.conf"
_MB = 1024 * 1024


def socket_folder(area: Path) -> Path | None:
    """Return the folder of the Unix socket in the data area; None where there is none or its path would be too long."""
    folder = area / "socket"
    # macOS allows 104 bytes with the final zero, Linux 108; a longer path would keep the server from starting.
    if sys.platform == "win32" or len(os.fsencode(folder / ".s.PGSQL.65535")) > 103:
        return None
    return folder


def server_config(port: int, socket: Path | None) -> str:
    """Return the text of the configuration file.

    The log tells about the server, never about data: errors of statements (whose text quotes values) reach only the
    client, so `log_min_messages` is `log`; details, statements and parameters are off, too, for crashes and lock waits.
    """
    memory = _physical_memory()
    small = memory < 3 * 1024 * _MB
    values: dict[str, str] = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "" if socket is None else str(socket),
        "unix_socket_permissions": "0700",
        "max_connections": "60",
        "password_encryption": "scram-sha-256",
        "shared_buffers": "64MB" if small else "256MB",
        "effective_cache_size": f"{max(memory // 2 // _MB, 128)}MB",
        "work_mem": "16MB" if small else "64MB",
        "maintenance_work_mem": "64MB" if small else "256MB",
        "dynamic_shared_memory_type": _dynamic_memory(),
        "max_wal_size": "1GB" if small else "4GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "pglz",
        "wal_recycle": "off",  # old segments hold what was erased or rotated: deleted, not kept for reuse
        "random_page_cost": "1.1",
        "jit": "off",
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "timezone": "Europe/Berlin",
        "log_timezone": "Europe/Berlin",
        "lc_messages": "C",
        "log_destination": "stderr",
        "logging_collector": "off",
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_statement": "none",
        "log_min_duration_statement": "-1",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
        "log_line_prefix": "%m [%p] ",
    }
    if sys.platform.startswith("linux"):
        values["recovery_init_sync_method"] = "syncfs"
    lines = ["# Written by zaehlbar at each start; changes here are lost. Use postgresql.auto.conf (ALTER SYSTEM)."]
    lines += [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in values.items()]
    return "\n".join(lines) + "\n"


def _physical_memory() -> int:
    """Bytes of memory; 4 GB where the system does not tell."""
    if sys.platform == "win32":
        return 4096 * _MB
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return 4096 * _MB


def _dynamic_memory() -> str:
    """Parallel queries share memory in /dev/shm, which containers often limit to 64 MB: then use files instead."""
    if sys.platform == "win32":
        return "windows"
    try:
        shm = os.statvfs("/dev/shm")  # noqa: S108 - measured, not used
    except OSError:
        return "posix"
    return "posix" if shm.f_blocks * shm.f_frsize >= 512 * _MB else "mmap"
