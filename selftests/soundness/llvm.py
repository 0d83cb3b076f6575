# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""LLVM IR, as text, to z3: enough of it for small functions on structures.

A function is executed once, on symbolic arguments. Where a branch is not
decided both sides are executed up to where they meet again (the branch's
immediate postdominator), and their registers and memories are merged. Loops
must be decided by constants. Memory is objects, apart from one another;
pointers are (object, offset), with a constant offset.

Integers are bit vectors, i1 is a Bool, aggregates are lists. A function that
`Machine.contracts` names is not executed: the contract gives its result.
"""
import re

import z3

TOKEN = re.compile(r'%[\w.$-]+|@[\w.$]+|"[^"]*"|-?\d+|[A-Za-z_][\w.]*|\S')
ATTRIBUTES = {
    "noundef", "nonnull", "zeroext", "signext", "nocapture", "readonly",
    "noalias", "writeonly", "readnone", "returned", "inreg", "nofree",
    "dso_local", "internal", "fastcc", "hidden", "local_unnamed_addr",
    "unnamed_addr", "tail", "musttail", "notail", "inbounds", "nuw", "nsw",
    "exact", "volatile", "nneg", "disjoint", "samesign", "captures", "none",
    "initializes", "noinline", "range", "dead_on_unwind", "writable"}


class Unsupported(Exception):
    pass


class Tokens:
    def __init__(self, text):
        self.t = TOKEN.findall(text)
        self.i = 0

    def peek(self, ahead=0):
        i = self.i + ahead
        return self.t[i] if i < len(self.t) else None

    def next(self):
        self.i += 1
        return self.t[self.i - 1]

    def take(self, word):
        if self.peek() == word:
            self.i += 1
            return True
        return False

    def need(self, word):
        if not self.take(word):
            raise Unsupported(f"{word} expected at {self.t[self.i:]}")

    def skip_parens(self):
        depth = 0
        while True:
            word = self.next()
            depth += word == "("
            depth -= word == ")"
            if not depth:
                return

    def attributes(self):
        """Skips attributes; the type that is passed or returned by memory."""
        kind = None
        while True:
            word = self.peek()
            if word in ("sret", "byval"):
                self.next()
                self.need("(")
                kind = (word, self.type())
                self.need(")")
            elif word == "align":
                self.i += 2
            elif word == "dereferenceable":
                self.next()
                self.skip_parens()
            elif word in ATTRIBUTES:
                self.next()
                if self.peek() == "(" and word in ("captures", "range",
                                                   "initializes"):
                    self.skip_parens()
            else:
                return kind

    def type(self):
        word = self.next()
        if word == "{":
            parts = []
            while not self.take("}"):
                parts.append(self.type())
                self.take(",")
            t = ("struct", parts)
        elif word == "[":
            nr = int(self.next())
            self.need("x")
            t = ("array", nr, self.type())
            self.need("]")
        elif word.startswith("%"):
            t = ("named", word)
        elif word == "void":
            t = ("void",)
        elif word == "ptr":
            t = ("ptr",)
        elif re.fullmatch(r"i\d+", word):
            t = ("int", int(word[1:]))
        else:
            raise Unsupported(f"type {word}")
        while self.take("*"):
            t = ("ptr",)
        return t


class Function:
    def __init__(self, name):
        self.name = name
        self.params = []
        self.blocks = {}
        self.first = None
        self.stops = None

    def targets(self, label):
        return re.findall(r"label (%[\w.$-]+)", self.blocks[label][-1])

    def meets(self, label):
        """Where all ways from a block meet again; None is the end."""
        if self.stops is None:
            self.stops = self.postdominators()
        return self.stops[label]

    def postdominators(self):
        everything = set(self.blocks) | {None}
        after = {b: set(everything) for b in self.blocks}
        after[None] = {None}
        changed = True
        while changed:
            changed = False
            for b in self.blocks:
                ways = [after[t] for t in self.targets(b) or [None]]
                now = {b} | set.intersection(*ways)
                if now != after[b]:
                    after[b] = now
                    changed = True
        found = {}
        for b in self.blocks:
            rest = after[b] - {b}
            found[b] = next(c for c in rest
                            if all(d in after[c] for d in rest))
        return found


class Module:
    def __init__(self, text):
        self.types = {}
        self.functions = {}
        function = None
        for line in text.splitlines():
            line = re.sub(r",? ![\w.]+( !\d+)?.*$", "", line.split(" ; ")[0])
            line = line.split(";")[0].rstrip()
            if not line:
                continue
            if line.startswith("%") and " = type " in line:
                name, body = line.split(" = type ")
                self.types[name] = Tokens(body).type()
            elif line.startswith("define"):
                function = self.head(line)
                label = None
            elif line == "}":
                function = None
            elif function is not None:
                if not line.startswith(" "):
                    label = "%" + line.split(":")[0]
                    function.blocks[label] = []
                    function.first = function.first or label
                elif line.endswith("[") or line.strip() == "]" or (
                        function.blocks[label] and
                        function.blocks[label][-1].count("[") >
                        function.blocks[label][-1].count("]")):
                    # a switch goes over many lines
                    if function.blocks[label] and not line.endswith("["):
                        function.blocks[label][-1] += " " + line.strip()
                    else:
                        function.blocks[label].append(line.strip())
                else:
                    function.blocks[label].append(line.strip())

    def head(self, line):
        name = re.search(r"@([\w.$]+)\(", line).group(1)
        function = Function(name)
        t = Tokens(line[line.index("@" + name) + len(name) + 1:])
        t.need("(")
        while not t.take(")"):
            of = t.type()
            by = t.attributes()
            function.params.append((of, by, t.next()))
            t.take(",")
        self.functions[name] = function
        return function

    def resolve(self, t):
        return self.types[t[1]] if t[0] == "named" else t

    def size(self, t):
        t = self.resolve(t)
        if t[0] == "int":
            return max(1, t[1] // 8)
        if t[0] == "ptr":
            return 8
        if t[0] == "array":
            return t[1] * self.size(t[2])
        end = 0
        for part in t[1]:
            step = self.align(part)
            end = (end + step - 1) // step * step + self.size(part)
        step = self.align(t)
        return (end + step - 1) // step * step

    def align(self, t):
        t = self.resolve(t)
        if t[0] == "struct":
            return max(self.align(p) for p in t[1])
        return self.align(t[2]) if t[0] == "array" else self.size(t)

    def member(self, t, index):
        """Offset and type of a structure's or array's part."""
        t = self.resolve(t)
        if t[0] == "array":
            return index * self.size(t[2]), t[2]
        off = 0
        for i, part in enumerate(t[1]):
            step = self.align(part)
            off = (off + step - 1) // step * step
            if i == index:
                return off, part
            off += self.size(part)
        raise Unsupported("member")


def is_pointer(v):
    return isinstance(v, tuple)


def merge(cond, a, b):
    """a where cond holds, else b. Pointers are alternatives."""
    if a is b:
        return a
    if is_pointer(a):
        return a if a == b else tuple(
            [(z3.And(cond, c), o, k) for c, o, k in a] +
            [(z3.And(z3.Not(cond), c), o, k) for c, o, k in b])
    if isinstance(a, list):
        return [merge(cond, x, y) for x, y in zip(a, b)]
    if a is None or b is None:
        return a if b is None else b
    return a if a.eq(b) else z3.If(cond, a, b)


def pointer(obj, off=0):
    return ((z3.BoolVal(True), obj, off),)


class Memory:
    """Objects: {offset: (bytes, value)}; what was not written is arbitrary."""
    fresh = 0

    def __init__(self, objects=None):
        self.objects = objects if objects is not None else {}

    def copy(self):
        return Memory({k: dict(v) for k, v in self.objects.items()})

    def new(self):
        Memory.fresh += 1
        self.objects[Memory.fresh] = {}
        return pointer(Memory.fresh)

    def get(self, obj, off, size):
        cells = self.objects[obj]
        if off in cells and cells[off][0] == size:
            return cells[off][1]
        parts = []
        for i in range(size):
            at = off + i
            for start, (nr, value) in cells.items():
                if start <= at < start + nr:
                    k = 8 * (at - start)
                    parts.append(z3.Extract(k + 7, k, value))
                    break
            else:
                Memory.fresh += 1
                byte = z3.BitVec(f"mem{Memory.fresh}", 8)
                cells[at] = (1, byte)
                parts.append(byte)
        return parts[0] if size == 1 else z3.Concat(*reversed(parts))

    def put(self, obj, off, size, value):
        cells = self.objects[obj]
        for start, (nr, old) in list(cells.items()):
            if start >= off + size or off >= start + nr:
                continue
            del cells[start]
            for i in range(nr):
                if not off <= start + i < off + size:
                    cells[start + i] = (1, z3.Extract(8 * i + 7, 8 * i, old))
        cells[off] = (size, value)

    def load(self, p, size):
        value = None
        for cond, obj, off in reversed(p):
            here = self.get(obj, off, size)
            value = here if value is None else merge(cond, here, value)
        return value

    def store(self, p, size, value):
        for cond, obj, off in p:
            if len(p) > 1:
                value_here = merge(cond, value, self.get(obj, off, size))
            else:
                value_here = value
            self.put(obj, off, size, value_here)

    def merged(self, cond, other):
        out = Memory()
        for obj in self.objects.keys() | other.objects.keys():
            a, b = self.objects.get(obj), other.objects.get(obj)
            if a is None or b is None:
                out.objects[obj] = dict(a if b is None else b)
                continue
            # in pieces that no cell of either side crosses the ends of
            cells = [(off, off + m[off][0]) for m in (a, b) for off in m]
            cuts = sorted({end for cell in cells for end in cell})
            out.objects[obj] = {
                lo: (hi - lo, merge(cond, self.get(obj, lo, hi - lo),
                                    other.get(obj, lo, hi - lo)))
                for lo, hi in zip(cuts, cuts[1:])
                if any(start <= lo < end for start, end in cells)}
        return out


def as_bool(v):
    return v if z3.is_bool(v) else v == 1


def extend(v, bits, signed):
    if z3.is_bool(v):
        one = z3.BitVecVal(-1 if signed else 1, bits)
        return z3.If(v, one, z3.BitVecVal(0, bits))
    more = bits - v.size()
    return z3.SignExt(more, v) if signed else z3.ZeroExt(more, v)


COMPARE = {
    "eq": lambda a, b: a == b, "ne": lambda a, b: a != b,
    "ult": z3.ULT, "ule": z3.ULE, "ugt": z3.UGT, "uge": z3.UGE,
    "slt": lambda a, b: a < b, "sle": lambda a, b: a <= b,
    "sgt": lambda a, b: a > b, "sge": lambda a, b: a >= b}

BINARY = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b,
    "and": lambda a, b: a & b, "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b, "shl": lambda a, b: a << b,
    "lshr": z3.LShR, "ashr": lambda a, b: a >> b}

LOGIC = {"and": z3.And, "or": z3.Or, "xor": z3.Xor}


class Machine:
    """Executes functions of a module.

    contracts: name -> f(machine, arguments, memory), giving the result
    hard: (opcode, a, b) -> value, for multiplication and division
    """

    def __init__(self, module, contracts=None, hard=None):
        self.module = module
        self.contracts = contracts or {}
        self.hard = hard

    def call(self, name, args, memory):
        """Returns (result or None, memory)."""
        if name in self.contracts:
            return self.contracts[name](self, args, memory), memory
        function = self.module.functions.get(name)
        if function is None:
            raise Unsupported(f"function {name}")
        regs = {}
        for (_, by, reg), value in zip(function.params, args):
            if by and by[0] == "byval":
                copy = memory.new()
                self.move(memory, copy, value, self.module.size(by[1]))
                value = copy
            regs[reg] = value
        end = self.run(function, function.first, regs, memory, None)
        return end[1], end[2]

    def move(self, memory, to, source, size):
        """Copies, in the pieces in which the source was written."""
        cuts = {0, size}
        for _, obj, off in source:
            for start, (nr, _) in memory.objects[obj].items():
                cuts |= {start - off, start - off + nr}
        cuts = sorted(c for c in cuts if 0 <= c <= size)
        pieces = [(lo, hi - lo, memory.load(tuple(
            (c, o, k + lo) for c, o, k in source), hi - lo))
            for lo, hi in zip(cuts, cuts[1:])]
        for off, nr, value in pieces:
            memory.store(tuple((c, o, k + off) for c, o, k in to), nr, value)

    def run(self, f, label, regs, memory, stop, skip_phis=False):
        """From a block to `stop`: ("ret", value, memory), ("dead",), or
        ("at", registers, memory), the stop's phis done."""
        while True:
            for line in f.blocks[label]:
                if " = phi " in line:
                    if not skip_phis and label != f.first:
                        raise Unsupported("phi")
                    continue
                words = line.split(None, 1)[0]
                if words == "ret":
                    t = Tokens(line)
                    t.next()
                    of = t.type()
                    value = None if of == ("void",) else \
                        self.value(t, of, regs)
                    return ("ret", value, memory)
                if words == "unreachable":
                    return ("dead",)
                if words in ("br", "switch"):
                    break
                memory = self.step(line, regs, memory)
            ways = self.ways(f, line, regs)
            skip_phis = True
            if len(ways) == 1:
                target = ways[0][1]
                self.phis(f, label, target, regs)
                label = target
                if label == stop:
                    return ("at", regs, memory)
                continue
            meet = f.meets(label)
            end = None
            for cond, target in reversed(ways):
                mine, mem = dict(regs), memory.copy()
                self.phis(f, label, target, mine)
                if target == meet:
                    side = ("at", mine, mem)
                else:
                    side = self.run(f, target, mine, mem, meet, True)
                end = self.join(cond, side, end)
            if meet is None or end[0] == "dead":
                return end
            regs, memory = end[1], end[2]
            label = meet
            if label == stop:
                return end

    def join(self, cond, a, b):
        if b is None or b[0] == "dead":
            return a
        if a[0] == "dead":
            return b
        if a[0] == "ret":
            value = None if a[1] is None else merge(cond, a[1], b[1])
        else:
            value = {r: merge(cond, a[1][r], b[1][r])
                     for r in a[1] if r in b[1]}
        return (a[0], value, a[2].merged(cond, b[2]))

    def ways(self, f, line, regs):
        """[(condition, block)], the last one for all that is left."""
        t = Tokens(line)
        if t.next() == "br":
            if t.take("label"):
                return [(None, t.next())]
            of = t.type()
            cond = z3.simplify(as_bool(self.value(t, of, regs)))
            yes, no = re.findall(r"label (%[\w.$-]+)", line)
            if z3.is_true(cond) or yes == no:
                return [(None, yes)]
            if z3.is_false(cond):
                return [(None, no)]
            return [(cond, yes), (z3.Not(cond), no)]
        of = t.type()
        value = z3.simplify(self.value(t, of, regs))
        default, *_ = re.findall(r"label (%[\w.$-]+)", line)
        cases = re.findall(r"i\d+ (-?\d+), label (%[\w.$-]+)", line)
        if z3.is_bv_value(value):
            for number, label in cases:
                if (int(number) - value.as_long()) % (1 << value.size()) == 0:
                    return [(None, label)]
            return [(None, default)]
        return [(value == int(n), label) for n, label in cases] + [
            (z3.BoolVal(True), default)]

    def phis(self, f, label, target, regs):
        new = {}
        for line in f.blocks[target]:
            if " = phi " not in line:
                break
            name, rest = line.split(" = phi ")
            t = Tokens(rest)
            of = t.type()
            while True:
                t.need("[")
                if t.peek(t.t[t.i:].index(",") + 1) == label:
                    new[name] = self.value(t, of, regs)
                    break
                while t.next() != "]":
                    pass
                t.need(",")
        regs.update(new)

    def value(self, t, of, regs):
        t.attributes()
        word = t.next()
        if word.startswith("%"):
            return regs[word]
        if word in ("true", "false"):
            return z3.BoolVal(word == "true")
        if word in ("undef", "poison", "zeroinitializer"):
            of = self.module.resolve(of)
            if of[0] == "struct":
                return [None] * len(of[1])
            return z3.BoolVal(False) if of == ("int", 1) else \
                z3.BitVecVal(0, of[1])
        if of[0] == "int":
            return z3.BitVecVal(int(word), of[1])
        raise Unsupported(f"value {word}")

    def typed(self, t, regs):
        of = t.type()
        return of, self.value(t, of, regs)

    def step(self, line, regs, memory):
        """One instruction; the memory after it."""
        name = None
        if line.startswith("%"):
            name, line = line.split(" = ", 1)
        t = Tokens(line)
        t.attributes()
        op = t.next()
        t.attributes()
        value = None
        if op in BINARY or op in ("mul", "udiv", "sdiv", "urem", "srem"):
            of, a = self.typed(t, regs)
            t.need(",")
            b = self.value(t, of, regs)
            if z3.is_bool(a):
                value = LOGIC[op](a, b)
            elif op in BINARY:
                value = BINARY[op](a, b)
            else:
                value = self.hard(op, a, b)
        elif op == "icmp":
            how = t.next()
            if how == "samesign":
                how = t.next()
            of, a = self.typed(t, regs)
            t.need(",")
            b = self.value(t, of, regs)
            if z3.is_bool(a):
                a, b = extend(a, 8, False), extend(b, 8, False)
            value = COMPARE[how](a, b)
        elif op in ("zext", "sext", "trunc", "bitcast", "freeze"):
            of, a = self.typed(t, regs)
            if op in ("zext", "sext"):
                t.need("to")
                value = extend(a, t.type()[1], op == "sext")
            elif op == "trunc":
                t.need("to")
                bits = t.type()[1]
                value = z3.Extract(0, 0, a) == 1 if bits == 1 else \
                    z3.Extract(bits - 1, 0, a)
            else:
                value = a
        elif op == "select":
            _, cond = self.typed(t, regs)
            t.need(",")
            _, a = self.typed(t, regs)
            t.need(",")
            _, b = self.typed(t, regs)
            value = merge(as_bool(cond), a, b)
        elif op == "alloca":
            value = memory.new()
        elif op == "getelementptr":
            of = t.type()
            t.need(",")
            _, p = self.typed(t, regs)
            off = 0
            first = True
            while t.take(","):
                _, index = self.typed(t, regs)
                index = z3.simplify(index)
                if not z3.is_bv_value(index):
                    raise Unsupported("variable index")
                i = index.as_signed_long()
                if first:
                    off += i * self.module.size(of)
                    first = False
                else:
                    more, of = self.module.member(of, i)
                    off += more
            value = tuple((c, o, k + off) for c, o, k in p)
        elif op == "load":
            of = t.type()
            t.need(",")
            _, p = self.typed(t, regs)
            value = memory.load(p, self.module.size(of))
            if of == ("int", 1):
                value = value != 0
        elif op == "store":
            of, a = self.typed(t, regs)
            t.need(",")
            _, p = self.typed(t, regs)
            if z3.is_bool(a):
                a = extend(a, 8, False)
            memory.store(p, self.module.size(of), a)
        elif op == "extractvalue":
            _, a = self.typed(t, regs)
            t.need(",")
            value = a[int(t.next())]
        elif op == "insertvalue":
            _, a = self.typed(t, regs)
            t.need(",")
            _, b = self.typed(t, regs)
            t.need(",")
            value = list(a)
            value[int(t.next())] = b
        elif op == "call":
            value, memory = self.step_call(t, regs, memory)
        else:
            raise Unsupported(f"instruction {op}")
        if name:
            regs[name] = value
        return memory

    def step_call(self, t, regs, memory):
        t.type()
        callee = t.next()[1:]
        t.need("(")
        args = []
        while not t.take(")"):
            of = t.type()
            if of[0] == "named" or t.peek() is None:
                raise Unsupported("argument")
            args.append(self.value(t, of, regs))
            t.take(",")
        if callee.startswith("llvm."):
            return self.intrinsic(callee, args, memory)
        return self.call(callee, args, memory)

    def intrinsic(self, name, args, memory):
        kind = name.split(".")[1]
        if kind in ("lifetime", "experimental", "assume"):
            return None, memory
        a = args[0]
        if kind == "memcpy":
            self.move(memory, a, args[1], z3.simplify(args[2]).as_long())
            return None, memory
        if kind == "memset":
            for i in range(z3.simplify(args[2]).as_long()):
                memory.store(tuple((c, o, k + i) for c, o, k in a), 1, args[1])
            return None, memory
        bits = a.size()
        if kind in ("umin", "umax", "smin", "smax"):
            b = args[1]
            less = z3.ULT(a, b) if kind[0] == "u" else a < b
            return z3.If(less == (kind[1:] == "min"), a, b), memory
        if kind == "abs":
            return z3.If(a < 0, -a, a), memory
        if kind in ("sadd", "ssub"):
            x, y = z3.SignExt(1, a), z3.SignExt(1, args[1])
            wide = x + y if kind == "sadd" else x - y
            low = z3.Extract(bits - 1, 0, wide)
            return [low, z3.SignExt(1, low) != wide], memory
        if kind in ("ctlz", "ctpop"):
            value = z3.BitVecVal(bits if kind == "ctlz" else 0, bits)
            for i in range(bits):
                bit = z3.Extract(i, i, a) == 1
                value = z3.If(bit, z3.BitVecVal(bits - 1 - i, bits), value) \
                    if kind == "ctlz" else value + extend(bit, bits, False)
            return value, memory
        if kind == "bswap":
            parts = [z3.Extract(i + 7, i, a) for i in range(0, bits, 8)]
            return z3.Concat(*parts), memory
        if kind == "fshl":
            both = z3.Concat(a, args[1])
            by = z3.URem(args[2], z3.BitVecVal(bits, bits))
            return z3.Extract(2 * bits - 1, bits,
                              both << z3.ZeroExt(bits, by)), memory
        raise Unsupported(name)
