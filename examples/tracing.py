"""OpenTelemetry middleware: every call as a span and a metric, without patching anything.

Needs opentelemetry-sdk. Run it: it calls a sandbox, and prints what a collector would receive.
"""

from __future__ import annotations

import asyncio

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from moco_async import APIError, NotFoundError, Request, Response, Send
from moco_async.sandbox import Sandbox

tracer = trace.get_tracer("moco")
waiting = metrics.get_meter("moco").create_histogram("moco.waited", "s", "Waiting for the rate limit")


async def traced(request: Request, send: Send) -> Response:
    """Wrap a call in a span named after its operation, including waits and retries."""
    with tracer.start_as_current_span(f"moco {request.operation}", kind=trace.SpanKind.CLIENT) as span:
        span.set_attributes({"http.request.method": request.method, "url.path": request.path})
        try:
            response = await send(request)
        except APIError as error:
            span.set_attribute("http.response.status_code", error.status)
            raise
        span.set_attribute("http.response.status_code", response.status)
        span.set_attribute("http.request.resend_count", response.retries)
        waiting.record(response.waited, {"moco.operation": request.operation})
        return response


async def main() -> None:
    """Two calls, one of which fails."""
    async with Sandbox().client(middleware=[traced]) as client:
        await client.projects.list()
        try:
            await client.projects.get(4711)
        except NotFoundError:
            print("there is no project 4711")


if __name__ == "__main__":
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    trace.set_tracer_provider(provider)
    metrics.set_meter_provider(MeterProvider([InMemoryMetricReader()]))
    asyncio.run(main())
    for span in spans.get_finished_spans():
        print(span.name, dict(span.attributes or {}), span.status.status_code.name)
