# Runs once, as root, when the instance starts; the lines before it have written topics.env and failed.sh and gone to
# their folder.
set -euo pipefail
# Without code nothing can be mended here: the machine goes, and its group starts another one while it wants one.
trap '/bin/bash failed.sh "the instance could not start the run" || true; shutdown -h now' ERR
set -a
. ./topics.env
set +a

# First of all, so that nothing below can make the instance stay. A run that takes this long has failed, whatever the
# run itself says when it is stopped by this.
systemd-run --unit leadgen-maximum-age --on-active "${LEADGEN_MAX_SECONDS}" --timer-property AccuracySec=1s \
  /bin/bash -c "/bin/bash $LEADGEN_HOME/failed.sh 'the run reached its maximum age'; \
    aws autoscaling set-desired-capacity --region $AWS_DEFAULT_REGION \
    --auto-scaling-group-name $LEADGEN_GROUP --desired-capacity 0; shutdown -h now"

nvidia-smi --query-gpu=name,driver_version --format=csv,noheader
dnf install --assumeyes --quiet python3.11
aws s3 cp --only-show-errors "$LEADGEN_CODE" code.zip
python3.11 -m zipfile -e code.zip code
python3.11 -m venv venv
venv/bin/python -m pip install --quiet --retries 10 --no-deps --require-hashes --only-binary :all: \
  -r code/build_artifacts/topics/requirements-gpu.txt
curl --fail --silent --show-error --retry 10 --output rds-ca.pem \
  https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem

useradd --system --home-dir "$LEADGEN_HOME" --shell /sbin/nologin leadgen
chown --recursive leadgen: "$LEADGEN_HOME"
systemctl enable --now "$LEADGEN_HOME/code/build_artifacts/topics/instance/leadgen-topics.service"
