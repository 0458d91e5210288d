# For the test programs beside it, which set $work, a folder of their own, and n=0. Sourced.

check() { # NAME COMMAND... : passes when the command succeeds
    local name=$1
    shift
    n=$((n + 1))
    if "$@" >"$work/check.log" 2>&1; then
        echo "ok $n - $name"
    else
        echo "not ok $n - $name"
        sed 's/^/# /' "$work/check.log" | head -20
    fi
}
