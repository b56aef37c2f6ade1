"""What the pool's configuration file says: one machine, its loopback interface, one user, everything quick."""

from pathlib import Path


def text(prefix: Path, user: str, port: int, cores: int) -> str:
    """The file, complete: nothing of the machine's own HTCondor is read.

    `port` is the collector's; `cores` are what the pool says it has.
    """
    pool, debian = prefix / "pool", prefix / "debian"
    domain = "culpa.test"
    return f"""\
RELEASE_DIR = {debian}/usr
BIN = $(RELEASE_DIR)/bin
SBIN = $(RELEASE_DIR)/sbin
LIBEXEC = $(RELEASE_DIR)/libexec/condor
LIB = $(RELEASE_DIR)/lib
LOCAL_DIR = {pool}
LOG = {pool}/log
SPOOL = {pool}/spool
EXECUTE = {pool}/execute
LOCK = {pool}/lock
RUN = {pool}/run
LOCAL_CONFIG_FILE =
LOCAL_CONFIG_DIR =

# One machine
use ROLE: Personal
CONDOR_HOST = 127.0.0.1
NETWORK_INTERFACE = 127.0.0.1
BIND_ALL_INTERFACES = False
COLLECTOR_HOST = 127.0.0.1:{port}
USE_SHARED_PORT = False

# One user, who is known by a file that he can make or by a token: newer clients cannot do the first
UID_DOMAIN = {domain}
FILESYSTEM_DOMAIN = {domain}
TRUST_DOMAIN = {domain}
TRUST_UID_DOMAIN = True
SEC_DEFAULT_AUTHENTICATION = REQUIRED
SEC_DEFAULT_AUTHENTICATION_METHODS = FS, IDTOKENS
SEC_CLIENT_AUTHENTICATION_METHODS = FS, IDTOKENS
SEC_DEFAULT_ENCRYPTION = OPTIONAL
SEC_PASSWORD_DIRECTORY = {pool}/passwords
SEC_TOKEN_DIRECTORY = {pool}/tokens
SEC_TOKEN_SYSTEM_DIRECTORY = {pool}/tokens
ALLOW_READ = *
ALLOW_WRITE = *
ALLOW_DAEMON = {user}@*
ALLOW_NEGOTIATOR = {user}@*
ALLOW_ADMINISTRATOR = {user}@*

# One slot that jobs take their part of, and nothing that takes it from them
NUM_CPUS = {cores}
NUM_SLOTS = 1
NUM_SLOTS_TYPE_1 = 1
SLOT_TYPE_1 = 100%
SLOT_TYPE_1_PARTITIONABLE = True
START = True
SUSPEND = False
PREEMPT = False
KILL = False
RUNBENCHMARKS = 0

# DAGMan takes a log below /tmp for a fault otherwise
DAGMAN_USE_STRICT = 0
# It keeps what a node had for another node that asks for the same, twenty seconds: on one small machine it is missed
DAGMAN_HOLD_CLAIM_TIME = 0

# The defaults suit pools of thousands of machines: minutes
UPDATE_INTERVAL = 2
NEGOTIATOR_INTERVAL = 2
NEGOTIATOR_CYCLE_DELAY = 1
NEGOTIATOR_MIN_INTERVAL = 1
SCHEDD_INTERVAL = 2
SCHEDD_MIN_INTERVAL = 1
PERIODIC_EXPR_INTERVAL = 2
PID_SNAPSHOT_INTERVAL = 1
STARTER_INITIAL_UPDATE_INTERVAL = 1
STARTER_UPDATE_INTERVAL = 2
SHADOW_QUEUE_UPDATE_INTERVAL = 2
JOB_START_COUNT = 50
JOB_START_DELAY = 0
CLAIM_WORKLIFE = 3600
SHADOW_WORKLIFE = 3600
DAGMAN_USER_LOG_SCAN_INTERVAL = 1
DAGMAN_QUEUE_UPDATE_INTERVAL = 2
"""
