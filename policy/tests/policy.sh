#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Host tests of vsm-policy: what it accepts, what it refuses, and in which
# words.  KTAP on standard output.
#
#   policy.sh VSM-POLICY

set -u

tool=$1
here=$(dirname "$0")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

plan=89
n=0
failed=0

# result STATUS NAME: one line of KTAP.
result()
{
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n $2"
	else
		echo "not ok $n $2"
		failed=$((failed + 1))
	fi
}

# expect NAME COMMAND...
expect()
{
	name=$1
	shift
	"$@"
	result $? "$name"
}

good()
{
	cat <<-TEXT
	id 00112233-4455-6677-8899-aabbccddeeff
	version 7
	pool base
	name "a \"good\" \\\\ # one"
	trustlets audit
	TEXT
}

digest()
{
	printf '%064x' "$1"
}

# refuse NAME COMPLAINT: $tmp/in must not compile, saying COMPLAINT.
refuse()
{
	rm -f "$tmp/out"
	"$tool" compile "$tmp/in" "$tmp/out" 2>"$tmp/err"
	ret=$?
	grep -qF "$2" "$tmp/err" && [ $ret -eq 1 ] && [ ! -e "$tmp/out" ]
	ok=$?
	result $ok "refuse: $1"
	[ $ok -eq 0 ] || sed "s/^/# status $ret: /" "$tmp/err"
}

# refuse_binary NAME COMPLAINT: show must not accept $tmp/bin.
refuse_binary()
{
	"$tool" show "$tmp/bin" >"$tmp/out" 2>"$tmp/err"
	ret=$?
	grep -qF "$2" "$tmp/err" && [ $ret -eq 1 ] && [ ! -s "$tmp/out" ]
	ok=$?
	result $ok "binary: $1"
	[ $ok -eq 0 ] || sed "s/^/# status $ret: /" "$tmp/err"
	cp "$tmp/whole" "$tmp/bin"
}

# poke OFFSET OCTAL...: overwrite bytes of $tmp/bin.
poke()
{
	at=$1
	shift
	for byte in "$@"; do
		# shellcheck disable=SC2059 # the format is the byte
		printf "\\$byte" | dd of="$tmp/bin" bs=1 seek="$at" \
			conv=notrunc status=none
		at=$((at + 1))
	done
}

# certificate FILE: a certificate of somebody, as PEM.
certificate()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$tmp/key" -out "$1" -days 1 -subj /CN=test \
		2>"$tmp/err" || sed 's/^/# /' "$tmp/err"
}

echo "KTAP version 1"
echo "1..$plan"

# Accepted, and the same after a round trip.
for file in "$here"/../examples/*.policy; do
	"$tool" check "$file"
	result $? "check $(basename "$file")"
done

{
	good
	echo "signer $(digest 1)"
	echo "signer $(digest 2)	# a comment"
	echo "revoke-image $(digest 1)"
	echo "revoke-signer $(digest 3)"
	echo "min-svn 00112233-4455-6677-8899-AABBCCDDEEFF 4294967295"
	echo "min-svn 00112233-4455-6677-8899-aabbccddeef0 0"
} >"$tmp/text"
certificate "$tmp/cert.pem"
openssl x509 -in "$tmp/cert.pem" -outform der -out "$tmp/cert.der"
"$tool" compile "$tmp/text" "$tmp/whole" &&
	"$tool" show "$tmp/whole" >"$tmp/shown" &&
	"$tool" compile "$tmp/shown" "$tmp/again" &&
	cmp "$tmp/whole" "$tmp/again"
result $? "text to binary to text to the same binary"
expect "show prints every record" [ "$(wc -l <"$tmp/shown")" -eq 11 ]
expect "records are padded to 8 bytes" \
	[ "$(wc -c <"$tmp/whole")" -eq $((40 + 24 + 16 + 4 * 40 + 2 * 32)) ]
"$tool" show - <"$tmp/whole" | cmp - "$tmp/shown"
result $? "standard input and output"
printf '%s' "$(cat "$tmp/text")" >"$tmp/in"
"$tool" check "$tmp/in"
result $? "no new line at the end"
ret=0
"$tool" check "$tmp/in" "$tmp/none" 2>/dev/null || ret=$?
expect "check fails if one of several files fails" [ $ret -eq 1 ]

# Code integrity: modes, kernels, signers; a certificate becomes part of it.
{
	good
	echo "mbec required"
	echo "code module enforce"
	echo "code jump-label audit"
	echo "code dynamic off"
	echo "kernel $(digest 4)"
	echo "revoke-module $(digest 5)"
	echo "module-signer cert.pem"
} >"$tmp/text"
"$tool" compile "$tmp/text" "$tmp/code" &&
	"$tool" show "$tmp/code" >"$tmp/shown" &&
	"$tool" compile "$tmp/shown" "$tmp/again" &&
	cmp "$tmp/code" "$tmp/again"
result $? "code integrity to binary to text to the same binary"
grep -qx "module-signer-der $(od -An -v -tx1 "$tmp/cert.der" | tr -d ' \n')" \
	"$tmp/shown"
result $? "a certificate is shown as it is"
sed 's/cert.pem/cert.der/' "$tmp/text" >"$tmp/in"
"$tool" compile "$tmp/in" "$tmp/again" && cmp "$tmp/code" "$tmp/again"
result $? "a certificate as PEM or as DER"
# Files of user space.
{
	good
	echo "file-signer cert.pem"
	echo "revoke-file $(digest 6)"
	echo "revoke-verity $(digest 7)"
	echo "revoke-verity $(digest 8)$(digest 9)"
} >"$tmp/text"
"$tool" compile "$tmp/text" "$tmp/files" &&
	"$tool" show "$tmp/files" >"$tmp/shown" &&
	"$tool" compile "$tmp/shown" "$tmp/again" &&
	cmp "$tmp/files" "$tmp/again"
result $? "signers of files to binary to text to the same binary"
grep -qx "file-signer-der $(od -An -v -tx1 "$tmp/cert.der" | tr -d ' \n')" \
	"$tmp/shown" &&
	grep -qx "revoke-file $(digest 6)" "$tmp/shown" &&
	grep -qx "revoke-verity $(digest 7)" "$tmp/shown" &&
	grep -qx "revoke-verity $(digest 8)$(digest 9)" "$tmp/shown"
result $? "they are shown as they are"
while read -r class; do
	echo "code $class enforce"
done >"$tmp/modes" <<-CLASSES
	module
	baseline
	jump-label
	static-call
	ftrace
	kprobe
	alternative
	dynamic
	execute
	write
	control
CLASSES
{ good; cat "$tmp/modes"; } >"$tmp/in"
"$tool" check "$tmp/in"
result $? "every class of code integrity"
# The digest of a kernel is that of the digests of its 64 KiB chunks.
{ printf '\177ELF'; head -c 100000 /dev/zero; } >"$tmp/kernel"
split -b 65536 "$tmp/kernel" "$tmp/chunk."
for chunk in "$tmp"/chunk.*; do
	openssl dgst -sha256 -binary "$chunk"
done | openssl dgst -sha256 -r | cut -d' ' -f1 >"$tmp/expected"
"$tool" digest kernel "$tmp/kernel" | cmp - "$tmp/expected"
result $? "the digest of a kernel"
! "$tool" digest kernel "$tmp/text" 2>/dev/null
result $? "no digest of what is no kernel"

# A recorded audit becomes a draft, which is a policy.
cat >"$tmp/events" <<-'EVENTS'
	{"seq":1,"type":"policy","detail":"version 1 loaded"}
	{"seq":2,"type":"code","class":"execute","answer":"audited","rip":"0xffffffffc0101000","gva":"0xffff888000001000","gpa":"0x1000","count":1,"symbol":"probe+0x0/0x10 [vsm_probe]","module":"vsm_probe","pid":7,"process":"evil\ncode write off","detail":"the kernel executes what is not code"}

	{"seq":3,"type":"code","class":"execute","answer":"audited","gpa":"0x1fff","count":4,"detail":"the kernel executes what is not code"}
	{"seq":4,"lost":5,"type":"code","class":"execute","answer":"audited","gpa":"0x2000","count":1,"detail":"the kernel executes what is not code"}
	{"seq":10,"type":"code","class":"module","answer":"audited","gpa":"0x3000","count":1,"module":"loop","detail":"new code"}
EVENTS
"$tool" draft "$tmp/events" >"$tmp/draft" && "$tool" check "$tmp/draft" &&
	"$tool" draft "$tmp/events" | cmp - "$tmp/draft"
result $? "a draft is a policy, and always the same"
expect "a draft has every class once, but that of processes" \
	[ "$(grep -c '^code ' "$tmp/draft")" -eq "$(grep '^VSM_CODE_CLASS(' \
	"$here/../../uapi/vsm/code_classes.def" | grep -vc '"user"')" ]
echo '{"type":"code","class":"user","answer":"audited","count":1,"detail":"x"}' |
	cat "$tmp/events" - >"$tmp/in"
! grep -q '^code user' "$tmp/draft" &&
	"$tool" draft "$tmp/in" | grep -qx 'code user audit'
result $? "that of processes, when it was audited"
expect "what was seen stays in audit" [ "$(grep '^code .* audit$' "$tmp/draft" |
	tr '\n' ,)" = "code module audit,code execute audit," ]
grep -qx '#   5 times, of 2 kinds' "$tmp/draft"
result $? "a draft counts events and kinds"
grep -q '^#   first: .*, address 0xffff888000001000$' "$tmp/draft" &&
	grep -q '^#   by 0xffffffffc0101000 = probe+0x0/0x10 \[vsm_probe\], process evil?code write off\[7\]$' "$tmp/draft"
result $? "a draft says what came first, and makes no line of a name"
grep -qx '#   module: loop' "$tmp/draft" && grep -q '5 MORE WERE LOST' "$tmp/draft"
result $? "a draft names modules, and loss"
: >"$tmp/in"
"$tool" draft "$tmp/in" | grep -q '^code execute enforce$'
result $? "without events, a draft enforces"
echo '{"type":"code","class":"paint"}' >"$tmp/in"
"$tool" draft "$tmp/in" 2>&1 | grep -q "in:1: an event of no class"
result $? "no draft of a class that nobody knows"
{ head -n 2 "$tmp/events"; echo '{"type":"code"'; } >"$tmp/in"
"$tool" draft "$tmp/in" 2>&1 | grep -q "in:3: not a line of"
result $? "no draft of half a line"

# Refused text, with the line and the reason.
: >"$tmp/in"
refuse "empty file" "in: missing: id UUID"
good | grep -v version >"$tmp/in"
refuse "no version" "in: missing: version NUMBER"
good | grep -v trustlets >"$tmp/in"
refuse "no mode" "in: missing: trustlets"
{ good; echo "colour blue"; } >"$tmp/in"
refuse "unknown statement" 'in:6: no such statement: "colour"'
{ good; echo "pool sku"; } >"$tmp/in"
refuse "statement twice" 'in:6: "pool" stands in line 3 already'
{ good; echo "signer"; } >"$tmp/in"
refuse "no word" "in:6: expected: signer SHA256"
{ good; echo "signer $(digest 1) x"; } >"$tmp/in"
refuse "word too many" "in:6: expected: signer SHA256"
{ good; echo "a b c d e f g h i"; } >"$tmp/in"
refuse "far too many words" "in:6: too many words"
{ good; echo "signer $(digest 1)0"; } >"$tmp/in"
refuse "digest too long" "is not a SHA-256 digest"
{ good; echo "signer $(digest 1 | cut -c2-)"; } >"$tmp/in"
refuse "digest too short" "is not a SHA-256 digest"
{ good; echo "signer $(digest 1 | cut -c2-)g"; } >"$tmp/in"
refuse "digest with another letter" "is not a SHA-256 digest"
{ good; echo "signer $(digest 1)"; echo; echo "signer $(digest 1)"; } >"$tmp/in"
refuse "record twice" "in:8: says again what line 6 says"
{ good; echo "signer $(digest 1)"; echo "revoke-signer $(digest 1)"; } >"$tmp/in"
refuse "contradiction" "in:7: revokes the signer that line 6 accepts"
{ good; echo "code paint enforce"; } >"$tmp/in"
refuse "unknown class" 'in:6: no such class: "paint"'
{ good; echo "code module perhaps"; } >"$tmp/in"
refuse "unknown mode of a class" 'in:6: no such mode: "perhaps"'
{ good; echo "code module"; } >"$tmp/in"
refuse "no mode of a class" "in:6: expected: code CLASS off|audit|enforce"
{ good; echo "code write off"; echo "code write enforce"; } >"$tmp/in"
refuse "class twice" "in:7: says again what line 6 says"
{ good; echo "mbec perhaps"; } >"$tmp/in"
refuse "unknown word for MBEC" "is neither required nor preferred"
{ good; echo "mbec required"; echo "mbec required"; } >"$tmp/in"
refuse "MBEC twice" 'in:7: "mbec" stands in line 6 already'
{ good; echo "module-signer none.pem"; } >"$tmp/in"
refuse "no such certificate" "none.pem: No such file"
{ good; echo "module-signer text"; } >"$tmp/in"
refuse "no certificate" "text: not a certificate"
{ good; echo "module-signer cert.pem"; echo "module-signer cert.der"; } >"$tmp/in"
refuse "certificate twice" "in:7: says again what line 6 says"
{ good; echo "module-signer-der 30820"; } >"$tmp/in"
refuse "half a byte of a certificate" "not a certificate in hexadecimal"
{ good; printf 'module-signer-der %04098d\n' 0; } >"$tmp/in"
refuse "large certificate" "in:6: a certificate has 1 to 2048 bytes, not 2049"
{ good; echo "file-signer text"; } >"$tmp/in"
refuse "no certificate of a signer of files" "text: not a certificate"
{ good; printf 'file-signer-der %04098d\n' 0; } >"$tmp/in"
refuse "large one" "in:6: a certificate has 1 to 2048 bytes, not 2049"
{ good; echo "revoke-file $(digest 1)$(digest 2)"; } >"$tmp/in"
refuse "file by SHA-512" "is not a SHA-256 digest"
{ good; echo "revoke-verity $(digest 1)00"; } >"$tmp/in"
refuse "fs-verity digest of 33 bytes" \
	"in:6: an fs-verity digest has 64 or 128 hexadecimal digits, not 66"
{ good; echo "revoke-verity $(digest 1 | cut -c2-)"; } >"$tmp/in"
refuse "half a byte of an fs-verity digest" "not a digest in hexadecimal"
{ good; echo "revoke-verity \"\""; } >"$tmp/in"
refuse "no fs-verity digest" "digits, not 0"
{ good; echo "min-svn 0 1"; } >"$tmp/in"
refuse "bad UUID" "is not a UUID"
{ good; echo "min-svn 0011223344556677-8899-aabbccddeeff 1"; } >"$tmp/in"
refuse "UUID without its dashes" "is not a UUID"
good | sed 's/version 7/version 0/' >"$tmp/in"
refuse "version 0" "in:2: a version counts from 1"
good | sed 's/version 7/version 4294967296/' >"$tmp/in"
refuse "version too large" "is not a number from 0 to 4294967295"
good | sed 's/version 7/version 18446744073709551617/' >"$tmp/in"
refuse "version beyond 64 bits" "is not a number from 0"
good | sed 's/version 7/version -1/' >"$tmp/in"
refuse "version negative" "is not a number from 0 to 4294967295"
good | sed 's/version 7/version 0x7/' >"$tmp/in"
refuse "version in hexadecimal" "is not a number from 0 to 4294967295"
good | sed 's/pool base/pool swimming/' >"$tmp/in"
refuse "no such pool" "no such pool"
good | sed 's/audit/maybe/' >"$tmp/in"
refuse "no such mode" "no such mode"
good | sed 's/^name.*/name ""/' >"$tmp/in"
refuse "empty name" "1 to 63 characters"
good | sed "s/^name.*/name \"$(digest 1)\"/" >"$tmp/in"
refuse "name of 64" "1 to 63 characters, not 64"
good | sed 's/^name.*/name "a\tb"/' >"$tmp/in"
refuse "tab in a name" "a name has no tabs"
good | sed 's/^name.*/name "open/' >"$tmp/in"
refuse "open quote" "no closing quote"
good | sed 's/^name.*/name "a"b/' >"$tmp/in"
refuse "text after a quote" "no blank after a closing quote"
good | sed 's/^name.*/name a"b/' >"$tmp/in"
refuse "quote in a word" "a quote inside"
good | sed 's/$/\r/' >"$tmp/in"
refuse "DOS line ends" "in:1: column 40: carriage"
{ good; printf 'signer \000\n'; } >"$tmp/in"
refuse "NUL" "in:6: column 8: byte 0x00; only printable ASCII"
{ good; printf '# \342\200\256 hidden\n'; } >"$tmp/in"
refuse "Unicode, even in a comment" "in:6: column 3: byte 0xe2"
{ good; printf '#%0600d\n' 0; } >"$tmp/in"
refuse "long line" "in:6: a line has at most 512 characters"
{ good; seq -f 'revoke-image %064.0f' 1 1700; } >"$tmp/in"
refuse "too large" "the policy is larger than 65536 bytes"
yes x | head -n 100 >"$tmp/in"
refuse "many errors" "in:20: too many errors"

# Refused binaries: offsets are those of uapi/vsm/policy.h.
cp "$tmp/whole" "$tmp/bin"
poke 0 130 && refuse_binary "magic" "wrong magic"
poke 8 2 && refuse_binary "format" "unknown policy format"
poke 10 3 && refuse_binary "pool" "unknown policy pool"
poke 12 1 && refuse_binary "size" "size differs"
poke 32 0 && refuse_binary "version" "version is zero"
poke 36 7 && refuse_binary "a record less" "bytes after the last record"
poke 40 77 && refuse_binary "record type" "unknown record type"
poke 42 1 && refuse_binary "reserved" "reserved field of a record"
poke 44 377 377 && refuse_binary "record length" "goes past the end"
poke 73 1 && refuse_binary "padding" "padding is not zero"
# A record of a class's mode: behind header, name and trustlets' mode, MBEC.
cp "$tmp/code" "$tmp/whole"
cp "$tmp/code" "$tmp/bin"
poke 104 377 && refuse_binary "unknown class" "unknown class"
poke 105 3 && refuse_binary "mode of a class" "unknown mode of a class"
# Every cut is an error, never a crash.
size=$(wc -c <"$tmp/whole")
bad=0
for i in $(seq 0 $((size - 1))); do
	head -c "$i" "$tmp/whole" >"$tmp/bin"
	"$tool" show "$tmp/bin" >/dev/null 2>&1
	[ $? -eq 1 ] || bad=$((bad + 1))
done
result $bad "binary: each of $size truncations refused"

[ $failed -eq 0 ] || echo "# $failed of $n failed"
[ $n -eq $plan ] || echo "# $n of $plan tests ran"
[ $failed -eq 0 ] && [ $n -eq $plan ]
