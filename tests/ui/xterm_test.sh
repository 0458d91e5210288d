#!/bin/bash
# Runs a program in a real xterm with sixel, or in kitty, under a virtual X server, photographs it, and checks colours at
# cells.
#
#   xterm_test.sh [-t xterm|kitty] [-o FILE.png] [-g COLSxROWS] [-w SECONDS] [-k KEYS]... [-c ROW,COLUMN,RRGGBB]... -- PROGRAM [ARGUMENT...]
#
#   -t  the terminal (xterm)
#   -o  keep the last photograph; without checks it is taken after the -w seconds
#   -g  size in cells (80x24)
#   -w  longest wait for the colours to appear (15)
#   -k  keys to type once the program has drawn, an X key name or text
#   -c  the pixel in the middle of this cell (counted from 0) has about this colour
#
# Speaks TAP: one line a check. Skips, with the reason, where a needed tool is missing. Ends what it started, by process
# id, and nothing else.
set -u
geometry=80x24 patience=15 keys=() checks=() emulator=xterm photograph=''
cell_width=9 cell_height=18
while getopts ':t:o:g:w:k:c:' option; do
  case $option in
    t) emulator=$OPTARG ;;
    o) photograph=$OPTARG ;;
    g) geometry=$OPTARG ;;
    w) patience=$OPTARG ;;
    k) keys+=("$OPTARG") ;;
    c) checks+=("$OPTARG") ;;
    *) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -ge 1 ] && { [ ${#checks[@]} -ge 1 ] || [ -n "$photograph" ]; } || { sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2; }
for tool in Xvfb "$emulator" xwd convert xdotool; do
  command -v "$tool" >/dev/null || { echo "1..0 # SKIP $tool is not installed"; exit 0; }
done

work=$(mktemp -d "${TMPDIR:-/tmp}/xterm_test.XXXXXX") || exit 1
server='' terminal=''
stop() {
  [ -n "$1" ] && kill -0 "$1" 2>/dev/null || return
  kill "$1" 2>/dev/null
  for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" 2>/dev/null || break; sleep 0.1; done
  kill -KILL "$1" 2>/dev/null
  wait "$1" 2>/dev/null
}
trap 'trap - EXIT; stop "$terminal"; stop "$server"; rm -rf "$work"' EXIT
trap 'exit 143' INT TERM HUP

wait_for() {   # FILE: until it has something in it
  local i
  for ((i = 0; i < 100; i++)); do [ -s "$1" ] && return 0; sleep 0.1; done
  return 1
}
columns=${geometry%x*} rows=${geometry#*x}
Xvfb -displayfd 3 -screen 0 $((columns * cell_width + 400))x$((rows * cell_height + 400))x24 -nolisten tcp -noreset \
  3>"$work/display" >"$work/server.log" 2>&1 </dev/null &
server=$!
wait_for "$work/display" || { echo "1..0 # SKIP the virtual X server did not start"; exit 0; }
DISPLAY=:$(tr -dc 0-9 <"$work/display"); export DISPLAY
unset XAUTHORITY WAYLAND_DISPLAY TMUX TMUX_PANE STY SSH_CONNECTION SSH_TTY NO_COLOR COLORFGBG
export LC_ALL=C.UTF-8 XDG_CACHE_HOME="$work/cache" XDG_STATE_HOME="$work/state"
shell=(/bin/sh -c 'echo "$WINDOWID" >"$0/window"; "$@" 2>"$0/errors"; echo $? >"$0/status"; sleep 60' "$work" "$@")
run_kitty() {
  LIBGL_ALWAYS_SOFTWARE=1 KITTY_CONFIG_DIRECTORY=$work exec kitty -o linux_display_server=x11 -o remember_window_size=no \
    -o initial_window_width="${columns}c" -o initial_window_height="${rows}c" -o window_padding_width=0 -o font_size=10 \
    -o placement_strategy=top-left -o background=#101014 -o foreground=#d8d8d8 -o update_check_interval=0 \
    -o enable_audio_bell=no -o confirm_os_window_close=0 "${shell[@]}"
}
run_xterm() {
  exec xterm -u8 -tn xterm-256color -ti vt340 -geometry "$geometry+0+0" +sb -bg '#101014' -fg '#d8d8d8' \
  -fn '-misc-fixed-medium-r-normal--18-120-100-100-c-90-iso10646-1' \
  -xrm 'XTerm*internalBorder: 0' -xrm 'XTerm*borderWidth: 0' -xrm 'XTerm*cursorBlink: false' \
  -xrm 'XTerm*allowWindowOps: true' -xrm 'XTerm*decTerminalID: vt340' -xrm 'XTerm*numColorRegisters: 256' \
  -xrm 'XTerm*sixelScrolling: true' -xrm 'XTerm*maxGraphicSize: 4000x4000' \
  -e "${shell[@]}"
}
"run_$emulator" >"$work/terminal.log" 2>&1 </dev/null &
terminal=$!
wait_for "$work/window" || { echo "1..0 # SKIP $emulator did not start: $(head -1 "$work/terminal.log")"; exit 0; }
window=$(<"$work/window")

close_to() {   # RRGGBB RRGGBB: each channel within 12
  local shift a b
  for shift in 0 2 4; do
    a=$((16#${1:shift:2})) b=$((16#${2:shift:2}))
    [ $((a > b ? a - b : b - a)) -le 12 ] || return 1
  done
}
# Prints the colour in the middle of each checked cell, one a line.
look() {
  local crop=() check row column
  timeout 10 xwd -silent -id "$window" 2>/dev/null | timeout 10 convert xwd:- "$work/photograph.png" 2>/dev/null
  if [ "$emulator" = kitty ]; then # its font decides
    read -r width height < <(identify -format '%w %h\n' "$work/photograph.png" 2>/dev/null)
    cell_width=$((${width:-0} / columns)) cell_height=$((${height:-0} / rows))
  fi
  for check in "${checks[@]}"; do
    IFS=, read -r row column _ <<<"$check"
    crop+=(-format "%[hex:u.p{$((column * cell_width + cell_width / 2)),$((row * cell_height + cell_height / 2))}]\n"
           -write info:)
  done
  timeout 10 convert "$work/photograph.png" -depth 8 "${crop[@]}" null: 2>/dev/null
}
all_good() {
  local i
  mapfile -t seen < <(look)
  for ((i = 0; i < ${#checks[@]}; i++)); do
    close_to "${seen[i]:-000000}" "${checks[i]##*,}" || return 1
  done
}

if [ ${#keys[@]} -gt 0 ]; then
  sleep 1
  timeout 10 xdotool windowfocus --sync "$window" 2>/dev/null
  for key in "${keys[@]}"; do
    if [[ $key =~ ^([A-Z][A-Za-z_0-9]+|(ctrl|alt|shift)\+.+)$ ]]; then timeout 10 xdotool key "$key"
    else timeout 10 xdotool type --delay 25 -- "$key"; fi
    sleep 0.1
  done
fi
[ ${#checks[@]} -ge 1 ] || sleep "$patience"
seen=()
for ((i = 0; i < patience * 4; i++)); do
  all_good && break
  [ -s "$work/status" ] && break
  sleep 0.25
done

[ -n "$photograph" ] && cp "$work/photograph.png" "$photograph"
echo "1..${#checks[@]}"
failed=0
for ((i = 0; i < ${#checks[@]}; i++)); do
  IFS=, read -r row column wanted <<<"${checks[i]}"
  if close_to "${seen[i]:-000000}" "$wanted"; then
    echo "ok $((i + 1)) - cell $row,$column is $wanted"
  else
    echo "not ok $((i + 1)) - cell $row,$column is ${seen[i]:-unknown}, not $wanted"
    failed=1
  fi
done
if [ $failed = 1 ]; then
  [ -s "$work/status" ] && echo "# the program ended with status $(<"$work/status")"
  sed 's/^/# /' "$work/errors" 2>/dev/null | head -20
fi
exit $failed
