"""The server of the app: Gradio's page, and the files of results."""

import contextlib
import ipaddress
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

from keras_sep._brief import brief
from keras_sep._extras import require_extra
from keras_sep.app._page import CSS, page
from keras_sep.app._too_large import most_bytes, script
from keras_sep.app.models import Models
from keras_sep.app.results import Results
from keras_sep.app.settings import AppSettings

HOST, PORT = "127.0.0.1", 7860
_ENDING_SECONDS = 2  # for requests that are open when the server ends

# whatever a page asks for, the browser gets it from this server or not at all
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' data: blob:; "
    "font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
# of what is to be pressed: those of the listening page, with enough contrast in light and dark
_COLOURS = {
    "button_primary_background_fill": "#0067a3",
    "button_primary_background_fill_hover": "#00527f",
    "button_primary_text_color": "#ffffff",
    "button_primary_background_fill_dark": "#5ab4ee",
    "button_primary_background_fill_hover_dark": "#7cc4f4",
    "button_primary_text_color_dark": "#10202c",
}
# of the libraries: no analytics, no look for newer versions
_QUIET = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_DISABLE_TELEMETRY": "1"}


def build_app(models: Models, results: Results, settings: AppSettings, host: str = HOST) -> Any:
    """Build the app, for `serve` or for a server of your own.

    Args:
        models: Choices of the page.
        results: Where uploads and stems are kept.
        settings: Limits.
        host: Address that it is served at: one of this machine alone is asked for by its names
            only, so that pages of others cannot reach it by a name of theirs. Default "127.0.0.1".

    Returns:
        A FastAPI app.

    Raises:
        ImportError: If Gradio is missing: `pip install 'keras_sep[app]'`.
    """
    os.environ.update(_QUIET)  # before Gradio is imported
    os.environ["GRADIO_TEMP_DIR"] = str(results.uploads)
    gradio = require_extra("The app", "gradio", "app")
    from fastapi import FastAPI, HTTPException
    from fastapi.responses import FileResponse
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    def file(token: str, name: str) -> FileResponse:
        path = results.file(token, name)
        if path is None:
            raise HTTPException(404, "This result is no longer available.")
        return FileResponse(path, headers={"cache-control": "no-store"})

    file.__annotations__ = {"token": str, "name": str}
    app.add_api_route("/results/{token}/{name:path}", file, response_class=FileResponse)
    app.add_middleware(_Headers)
    if _is_loopback(host):
        names = ["localhost", "127.0.0.1", "[::1]", host]
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=names, www_redirect=False)
    theme = gradio.themes.Default(
        font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]
    ).set(**_COLOURS)
    return gradio.mount_gradio_app(
        app,
        page(gradio, models, results, settings),
        path="/",
        server_name=host,
        max_file_size=most_bytes(settings),
        theme=theme,
        css=CSS,
        head=script(settings),
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
    )


def serve(
    models: Models,
    settings: AppSettings | None = None,
    host: str = HOST,
    port: int = PORT,
    ready: Callable[[str, Callable[[], None]], Any] | None = None,
) -> None:
    """Serve the app until it is interrupted; then all uploads and stems are deleted.

    Args:
        models: Choices of the page.
        settings: Limits. Default: those of `AppSettings()`.
        host: Address to listen on. There is no password: with any other than the default,
            everybody who reaches this machine may use it. Default "127.0.0.1".
        port: Port; 0 for any that is free. Default 7860.
        ready: Function that is called with the address once it is there, and with a function that
            ends the server. Default None.

    Raises:
        ValueError: If the address cannot be listened on.
        ImportError: If Gradio is missing: `pip install 'keras_sep[app]'`.

    Example::

        keras_sep.app.serve(keras_sep.app.Models(["umxhq"]))
    """
    settings = AppSettings() if settings is None else settings
    require_extra("The app", "gradio", "app")
    uvicorn = require_extra("The app", "uvicorn", "app")
    with _listening(host, port) as (listener, address), tempfile.TemporaryDirectory() as root:
        results = Results(root, 60 * settings.keep_minutes)
        config = uvicorn.Config(
            build_app(models, results, settings, host),
            log_level="warning",
            timeout_graceful_shutdown=_ENDING_SECONDS,
        )
        server = uvicorn.Server(config)

        def end() -> None:
            server.should_exit = True

        results.start()
        try:
            if ready is not None:
                ready(address, end)
            server.run(sockets=[listener])
        finally:
            results.close()


class _Headers:
    """Adds headers to every answer.

    Args:
        app: App whose answers they are.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def send_with(message: Any) -> None:
            if message["type"] == "http.response.start":
                given = [pair for pair in message["headers"] if pair[0].decode() not in _HEADERS]
                ours = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
                message = {**message, "headers": [*given, *ours]}
            await send(message)

        await self.app(scope, receive, send_with)


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[tuple[socket.socket, str]]:
    """A socket that listens, and the address of the page."""
    if type(port) is not int or not 0 <= port <= 65535:
        raise ValueError(f"`port` must be from 0 to 65535. Received: {brief(port)}")
    with contextlib.ExitStack() as stack:
        try:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
            listener = stack.enter_context(socket.socket(family))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            listener.listen(128)
        except OSError as error:
            raise ValueError(
                f"{host}:{port}: cannot listen there ({error.strerror}); choose another "
                "port with --port, or 0 for any free one"
            ) from error
        shown = f"[{host}]" if ":" in host else host
        yield listener, f"http://{shown}:{listener.getsockname()[1]}"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
