# Tells the log of the run, and by it the alarm, that the run failed: the first argument says why. What is told is what
# the machine wrote while it started; no setting and no secret is written there.
set -a
. "$(dirname "$0")/topics.env"
set +a
cd "$LEADGEN_HOME"
/usr/bin/python3 - "$1" > failed.json <<'PYTHON'
import json, pathlib, sys, time
written = pathlib.Path("/var/log/cloud-init-output.log")
tail = "The machine wrote:\n" + (written.read_text("utf-8", "replace")[-8000:] if written.is_file() else "nothing")
ended = {"step": "instance", "outcome": "failed", "reason": sys.argv[1], "failed_runs": 1}
now = int(time.time() * 1000)
print(json.dumps([{"timestamp": now, "message": line} for line in (tail, json.dumps(ended))]))
PYTHON
stream="failed/$(hostname)/$(date +%s)"
for command in create-log-stream "put-log-events --log-events file://failed.json"; do
  timeout 60 aws logs $command --region "$AWS_DEFAULT_REGION" --log-group-name "$LEADGEN_LOG_GROUP" \
    --log-stream-name "$stream"
done
