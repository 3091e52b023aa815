"""What Streamlit's runtime knows of its sessions, and the names of what a browser sends: the one place that looks inside it."""

from __future__ import annotations

from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime

UPLOADER = "file_uploader_state_value"


def message(data: bytes) -> BackMsg | None:
    """What a browser sent; None where it is no message."""
    found = BackMsg()
    try:
        found.ParseFromString(data)
    except DecodeError:
        return None
    return found


def name_of(found: BackMsg) -> str:
    """A message's name as the declaration has it; '' of one without a kind."""
    kind = found.WhichOneof("type") or ""
    if kind == "backend_operation_request":
        return f"{kind}.{found.backend_operation_request.WhichOneof('payload') or ''}"
    return str(kind)


def by_itself(found: BackMsg) -> bool:
    """Whether a message comes from a timer and not from a person."""
    if found.WhichOneof("type") == "rerun_script":
        return bool(found.rerun_script.is_auto_rerun)
    return found.WhichOneof("type") == "app_heartbeat"


def session_told(data: bytes) -> str:
    """The session that a message to a browser opens; '' of any other message."""
    found = ForwardMsg()
    try:
        found.ParseFromString(data)
    except DecodeError:
        return ""
    if found.WhichOneof("type") != "new_session":
        return ""
    return str(found.new_session.initialize.session_id)


def file_told(data: bytes) -> str | None:
    """The file of /media that a message to a browser answers a request with, '' where there is none; None of any other message."""
    found = ForwardMsg()
    try:
        found.ParseFromString(data)
    except DecodeError:
        return None
    if found.WhichOneof("type") != "backend_operation_response":
        return None
    return file_id(found.backend_operation_response.deferred_file.url)


def offers(session_id: str, deferred: str) -> bool:
    """Whether a file that is made on request is on offer in this very session: Streamlit itself makes it for whoever names it."""
    if not Runtime.exists():
        return False
    known = Runtime.instance().media_file_mgr._deferred_callables.get(deferred)
    return known is not None and known["session_id"] == session_id


def file_id(address: str) -> str:
    """The name by which the runtime knows a file of /media."""
    return address.rpartition("/")[2].partition(".")[0]


def has_uploader(session_id: str) -> bool:
    """Whether a session has a box for files on screen, by its last run on the server."""
    if not Runtime.exists():
        return False
    info = Runtime.instance()._session_mgr.get_active_session_info(session_id)
    if info is None:
        return False
    known = info.session.session_state._new_widget_state.widget_metadata
    return any(one.value_type == UPLOADER for one in list(known.values()))


def holders(name: str) -> set[str]:
    """The sessions that have a file of /media on screen."""
    if not Runtime.exists():
        return set()
    held = Runtime.instance().media_file_mgr._files_by_session_and_coord
    return {session for session, files in list(held.items()) if name in files.values()}
