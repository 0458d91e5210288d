# For the test programs beside it, which set $sleeve, $work, a folder of their own, and n=0. Sourced.

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

run() { # ARGUMENTS... : runs sleeve and keeps its output. A test program may have a run of its own.
    timeout -k 2 120 "$sleeve" "$@" >"$work/out" 2>"$work/err" </dev/null
}

gives() { # STATUS ARGUMENTS... : runs sleeve and compares its exit status, so that a crash never passes for an error
    local wanted=$1 got
    shift
    run "$@"
    got=$?
    [ "$got" -eq "$wanted" ] || { echo "sleeve $*: exit status $got, not $wanted"; cat "$work/out" "$work/err"; return 1; }
}

says() { # PATTERN : the last run's stderr
    grep -q -- "$1" "$work/err" || { echo "stderr lacks: $1"; cat "$work/err"; return 1; }
}

prints() { # PATTERN : the last run's stdout
    grep -q -- "$1" "$work/out" || { echo "stdout lacks: $1"; head -20 "$work/out"; return 1; }
}
