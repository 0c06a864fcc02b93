#!/bin/sh
# Lambda sets AWS_LAMBDA_RUNTIME_API; anywhere else the same image is a server on $PORT.
set -eu
if [ -n "${AWS_LAMBDA_RUNTIME_API:-}" ]; then
    exec python -m awslambdaric functions.api.lambda_handler.handler
fi
exec python -m functions.api.server
