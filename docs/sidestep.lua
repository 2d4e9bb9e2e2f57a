-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- Sidestep's tag and probes (docs/wire-format.md) for Wireshark and tshark:
--
--   tshark -X lua_script:docs/sidestep.lua -r FILE -Y 'sidestep.probe.type == 3'
--
-- What follows the tag is shown as what it is. MACs are shown, not checked: that
-- takes the keys and both epochs. A fragment has a tag of its own, so for tagged
-- fragments turn reassembly off: -o ip.defragment:FALSE

local PROTOCOL, VERSION, TAG_LEN, PROBE_LEN = 253, 1, 16, 48

local sidestep = Proto("sidestep", "Sidestep")
local paths = { [0] = "none", [1] = "direct", [2] = "infra", [3] = "both" }
local types = { [1] = "request", [2] = "answer", [3] = "good-bye" }

local f = {
	next = ProtoField.uint8("sidestep.next", "Next header"),
	version = ProtoField.uint8("sidestep.version", "Version", base.DEC, nil, 0xe0),
	control = ProtoField.bool("sidestep.control", "Probe", 8, nil, 0x10),
	paths = ProtoField.uint8("sidestep.paths", "Paths", base.DEC, paths, 0x0c),
	wants = ProtoField.uint8("sidestep.wants", "Wants", base.DEC, paths, 0x03),
	session = ProtoField.uint16("sidestep.session", "Session", base.DEC_HEX),
	seq = ProtoField.uint32("sidestep.seq", "Sequence number (low half)"),
	mac = ProtoField.bytes("sidestep.mac", "MAC"),
	type = ProtoField.uint8("sidestep.probe.type", "Type", base.DEC, types),
	path = ProtoField.uint8("sidestep.probe.path", "Path", base.DEC,
				{ [0] = "direct", [1] = "infra" }),
	number = ProtoField.uint64("sidestep.probe.number", "Number"),
	nonce = ProtoField.uint64("sidestep.probe.nonce", "Nonce", base.HEX),
	epoch = ProtoField.uint64("sidestep.probe.epoch", "Epoch", base.HEX),
	peer_epoch = ProtoField.uint64("sidestep.probe.peer_epoch", "Peer's epoch", base.HEX),
	next_seq = ProtoField.uint64("sidestep.probe.next_seq", "Next sequence number"),
}
sidestep.fields = f

local short = ProtoExpert.new("sidestep.short", "Too short for a probe",
			      expert.group.MALFORMED, expert.severity.ERROR)
sidestep.experts = { short }

local function add_tag(tree, tag)
	tree:add(f.next, tag(0, 1))
	tree:add(f.version, tag(1, 1))
	tree:add(f.control, tag(1, 1))
	tree:add(f.paths, tag(1, 1))
	tree:add(f.wants, tag(1, 1))
	tree:add(f.session, tag(2, 2))
	tree:add(f.seq, tag(4, 4))
	tree:add(f.mac, tag(8, 8))
end

local function add_probe(tree, probe, pinfo)
	local kind = probe(0, 1):uint()

	tree:add(f.type, probe(0, 1))
	tree:add(f.path, probe(1, 1))
	tree:add(f.number, probe(8, 8))
	tree:add(f.nonce, probe(16, 8))
	tree:add(f.epoch, probe(24, 8))
	tree:add(f.peer_epoch, probe(32, 8))
	tree:add(f.next_seq, probe(40, 8))
	pinfo.cols.info = string.format("Sidestep %s by %s, number %s",
					types[kind] or "probe of an unknown type",
					probe(1, 1):uint() == 0 and "direct" or "infra",
					probe(8, 8):uint64())
end

function sidestep.dissector(tvb, pinfo, root)
	-- Protocol 253 is for everybody's experiments.
	if tvb:len() < TAG_LEN or bit.rshift(tvb(1, 1):uint(), 5) ~= VERSION then
		return 0
	end

	local tree = root:add(sidestep, tvb(0, TAG_LEN))
	local bits = tvb(1, 1):uint()

	pinfo.cols.protocol = "Sidestep"
	add_tag(tree, tvb(0, TAG_LEN))
	tree:append_text(string.format(", session %u, number %u", tvb(2, 2):uint(), tvb(4, 4):uint()))
	if bit.band(bits, 0x10) == 0 then
		DissectorTable.get("ip.proto"):try(tvb(0, 1):uint(), tvb(TAG_LEN):tvb(), pinfo, root)
	elseif tvb:len() < TAG_LEN + PROBE_LEN then
		tree:add_proto_expert_info(short)
	else
		tree:set_len(TAG_LEN + PROBE_LEN)
		add_probe(tree, tvb(TAG_LEN, PROBE_LEN), pinfo)
	end
	return tvb:len()
end

DissectorTable.get("ip.proto"):add(PROTOCOL, sidestep)
