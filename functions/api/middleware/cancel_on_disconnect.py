"""Stop working for a client that is no longer there."""

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

# Most requests are answered sooner, and then it costs a microsecond that somebody would have looked.
_PATIENCE_SECONDS = 0.1


class CancelOnDisconnect:
    """Cancels the request's task once its client has left; what it computes in a thread by then is finished.

    Inside `BodyLimit`, so that the body is not what comes while it looks.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ends without an answer where nobody would read it."""
        task = asyncio.current_task()
        if scope["type"] != "http" or task is None:
            await self._app(scope, receive, send)
            return
        watch = _Watch(task, receive)
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if not watch.left:
                raise
            task.uncancel()
        finally:
            watch.end()


class _Watch:
    """Looks for the client's departure, once the request has taken longer than most."""

    def __init__(self, task: "asyncio.Task[object]", receive: Receive) -> None:
        self.left = False
        self._task = task
        self._receive = receive
        self._looking: asyncio.Task[None] | None = None
        self._timer = task.get_loop().call_later(_PATIENCE_SECONDS, self._begin)

    def end(self) -> None:
        """Look no more."""
        self._timer.cancel()
        if self._looking:
            self._looking.cancel()

    def _begin(self) -> None:
        self._looking = self._task.get_loop().create_task(self._look())

    async def _look(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.left = True
        self._task.cancel()
