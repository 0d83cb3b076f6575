#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""domain.py [--seconds N] [-j N] [PATTERN...]: the verifier's domain, by z3.

The C files of the domain are compiled to LLVM IR and executed on symbolic
arguments (llvm.py), so what is proven is what ships, at its full width. Each
claim is soundness: whatever numbers the operands stand for, the result of the
machine's operation on them is among those that the abstract result stands for.

  proven     z3 finds no counterexample in all of the 64-bit numbers
  undecided  z3 gave up within --seconds; the claim is not counted as shown
  wrong      z3 found one

That it can fail is tested, too: each of MUTANTS breaks one line of the domain,
and the claim that it names must then be wrong.

Three things are taken as given, and each is itself a claim here or a law of
arithmetic that is written down in this file:

  - inside other claims weir_scalar_reduce() is not executed: it gives any
    scalar that still holds those numbers which its argument held. That it does
    is claims of its own (reduce ...). Likewise alu(), assume64(), learn_low()
    and assume_not_const() where their callers are looked at.
  - multiplication and division are functions of which only laws are known:
    `Hard` lists them.
  - widening: step_down(), step_up() give at most and at least their argument,
    or the extreme (test_domain.c tries them).

Signed overflow wraps, as in the kernel's build.
"""
import argparse
import concurrent.futures
import os
import subprocess
import sys
import tempfile
import time

try:
    import z3
except ImportError:
    print("1..0 # SKIP no python3-z3")
    sys.exit(4)

import llvm

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
FLAGS = ("-O1 -fno-inline -fwrapv -fno-vectorize -fno-slp-vectorize "
         "-fno-unroll-loops -fno-discard-value-names -w -I. -Itools/include "
         "-Itools/lib -D_GNU_SOURCE -std=gnu11 -S -emit-llvm").split()

B = z3.BitVecVal
EQ, GT, GE, SET, NE, SGT, SGE, LT, LE, SLT, SLE = (
    0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0)
ADD, SUB, MUL, DIV, OR, AND, LSH, RSH, NEG, MOD, XOR, MOV, ARSH = (
    0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x80, 0x90, 0xa0, 0xb0,
    0xc0)
U32 = 0xffffffff
S64_MIN = 1 << 63


def low(x):
    return z3.Extract(31, 0, x)


def zext32(x):
    return z3.ZeroExt(32, low(x))


def sext(x, bits):
    return z3.SignExt(64 - bits, z3.Extract(bits - 1, 0, x)) \
        if bits < 64 else x


def zext(x, bits):
    return z3.ZeroExt(64 - bits, z3.Extract(bits - 1, 0, x)) \
        if bits < 64 else x


class Hard:
    """Multiplication and division by their laws.

    Every product and quotient that comes up is a fresh number; laws() relates
    them. `also` are factors with which intermediate products are formed.
    """

    def __init__(self):
        self.made = {}

    def __call__(self, op, a, b):
        a, b = z3.simplify(a), z3.simplify(b)
        if z3.is_bv_value(a) and z3.is_bv_value(b) and op == "mul":
            return z3.simplify(a * b)
        for (o, x, y), v in self.made.items():
            if o == op and x.eq(a) and y.eq(b) or (
                    o == op == "mul" and x.eq(b) and y.eq(a)):
                return v
        v = z3.BitVec(f"{op}{len(self.made)}", a.size())
        self.made[(op, a, b)] = v
        return v

    def laws(self):
        # same arguments, same result; remainder = dividend - quotient * divisor
        out = []
        for (op, a, b), r in list(self.made.items()):
            for (of, c, d), q in list(self.made.items()):
                if (op, of) in (("urem", "udiv"), ("srem", "sdiv")):
                    out.append(z3.Implies(z3.And(a == c, b == d, b != 0),
                                          r == a - self("mul", q, d)))
                elif op == of and a.size() == c.size() and not r.eq(q):
                    out.append(z3.Implies(z3.And(a == c, b == d), r == q))
        by = {}
        for (op, a, b), v in self.made.items():
            by.setdefault((op, a.size()), []).append((a, b, v))
        for (op, bits), terms in by.items():
            for a, b, v in terms:
                out += getattr(self, op)(a, b, v)
            for i, s in enumerate(terms):
                for t in terms[i + 1:]:
                    out += getattr(self, op + "_pair")(*s, *t)
        return out

    def is_true(self, model):
        """Are the model's products and quotients what they should be?"""
        how = {"mul": lambda a, b: a * b, "udiv": z3.UDiv, "urem": z3.URem,
               "sdiv": lambda a, b: a / b, "srem": z3.SRem}
        return all(z3.is_true(model.eval(
            z3.Or(b == 0, v == how[op](a, b)) if op != "mul" else v == a * b,
            model_completion=True)) for (op, a, b), v in self.made.items())

    @staticmethod
    def udiv(a, b, q):
        # b > 0: q <= a; a / 1 = a; a < b: 0
        return [z3.Implies(b != 0, z3.ULE(q, a)), z3.Implies(b == 1, q == a),
                z3.Implies(z3.ULT(a, b), q == 0)]

    @staticmethod
    def udiv_pair(a, b, q, c, d, r):
        # greater dividend, smaller divisor: greater quotient
        def law(a, b, q, c, d, r):
            return z3.Implies(z3.And(z3.ULE(a, c), z3.UGE(b, d), d != 0),
                              z3.ULE(q, r))
        return [law(a, b, q, c, d, r), law(c, d, r, a, b, q)]

    @staticmethod
    def urem(a, b, r):
        return [z3.Implies(b != 0, z3.And(z3.ULT(r, b), z3.ULE(r, a))),
                z3.Implies(z3.ULT(a, b), r == a),
                # by a power of two: the low bits
                z3.Implies(z3.And(b != 0, b & (b - 1) == 0),
                           r == a & (b - 1))]

    @staticmethod
    def urem_pair(*_):
        return []

    @staticmethod
    def sdiv(a, b, q):
        least = B(1 << (a.size() - 1), a.size())
        return [z3.Implies(z3.And(b != 0, a != least), z3.And(
                    z3.Implies(a >= 0, z3.And(q <= a, q >= -a)),
                    z3.Implies(a < 0, z3.And(q <= -a, q >= a)))),
                z3.Implies(z3.And(a >= 0, b > 0), q >= 0),
                z3.Implies(b == 1, q == a),
                z3.Implies(z3.And(a >= 0, b > a), q == 0)]

    @staticmethod
    def sdiv_pair(a, b, q, c, d, r):
        def law(a, b, q, c, d, r):
            return z3.Implies(z3.And(a >= 0, a <= c, b >= d, d > 0), q <= r)
        return [law(a, b, q, c, d, r), law(c, d, r, a, b, q)]

    @staticmethod
    def srem(a, b, r):
        least = B(1 << (a.size() - 1), a.size())
        below = z3.And(z3.Implies(b > 0, z3.And(r < b, r > -b)),
                       z3.Implies(z3.And(b < 0, b != least),
                                  z3.And(r < -b, r > b)))
        return [z3.Implies(b != 0, below),
                z3.Implies(b != 0, z3.If(a < 0, z3.And(r <= 0, r >= a),
                                         z3.And(r >= 0, r <= a)))]

    @staticmethod
    def srem_pair(*_):
        return []

    @staticmethod
    def mul(a, b, p):
        return [z3.Implies(z3.Or(a == 0, b == 0), p == 0),
                z3.Implies(a == 1, p == b), z3.Implies(b == 1, p == a),
                z3.Implies(a == -1, p == -b), z3.Implies(b == -1, p == -a)]

    @staticmethod
    def mul_pair(a, b, p, c, d, q):
        """With one factor in common the product follows the other, where
        neither can wrap: factors below 2^32, or of 32 bits and a sign; and
        the low half of a product is that of the low halves' product.
        """
        if a.size() != 64:
            return []

        def small(x):
            return z3.ULE(x, U32)

        def signed32(x):
            return z3.And(x >= B(-(1 << 31), 64), x <= B((1 << 31) - 1, 64))

        def law(k, x, p, y, q):
            return [
                z3.Implies(z3.And(small(k), small(x), small(y), z3.ULE(x, y)),
                           z3.ULE(p, q)),
                z3.Implies(z3.And(signed32(k), signed32(x), signed32(y),
                                  x <= y),
                           z3.And(z3.Implies(k >= 0, p <= q),
                                  z3.Implies(k <= 0, p >= q)))]
        out = [z3.Implies(z3.And(low(a) == low(c), low(b) == low(d)),
                          low(p) == low(q))]
        for x, k in ((a, b), (b, a)):
            for y, m in ((c, d), (d, c)):
                if k.eq(m):
                    out += law(k, x, p, y, q) + law(k, y, q, x, p)
        return out


RANGE = [("umin", 0, 64), ("umax", 8, 64), ("smin", 16, 64), ("smax", 24, 64),
         ("umin32", 32, 32), ("umax32", 36, 32), ("smin32", 40, 32),
         ("smax32", 44, 32)]


class Range:
    def __init__(self, name=None, **ends):
        for end, _, bits in RANGE:
            setattr(self, end, ends.get(end) if ends else
                    z3.BitVec(f"{name}.{end}", bits))

    def holds(self, x):
        return z3.And(z3.ULE(self.umin, x), z3.ULE(x, self.umax),
                      self.smin <= x, x <= self.smax,
                      z3.ULE(self.umin32, low(x)), z3.ULE(low(x), self.umax32),
                      self.smin32 <= low(x), low(x) <= self.smax32)


def tnum_holds(t, x):
    return x & ~t[1] == t[0]


class Scalar:
    def __init__(self, name=None, bits=None, range_=None):
        self.bits = bits or [z3.BitVec(name + ".value", 64),
                             z3.BitVec(name + ".mask", 64)]
        self.range = range_ or Range(name)

    def holds(self, x):
        return z3.And(tnum_holds(self.bits, x), self.range.holds(x))


def put_range(memory, p, r, at=0):
    for end, off, bits in RANGE:
        memory.store(move(p, at + off), bits // 8, getattr(r, end))


def get_range(memory, p, at=0):
    return Range(**{end: memory.load(move(p, at + off), bits // 8)
                    for end, off, bits in RANGE})


def put_scalar(memory, p, s):
    memory.store(p, 8, s.bits[0])
    memory.store(move(p, 8), 8, s.bits[1])
    put_range(memory, p, s.range, 16)


def get_scalar(memory, p):
    return Scalar(bits=[memory.load(p, 8), memory.load(move(p, 8), 8)],
                  range_=get_range(memory, p, 16))


def move(p, off):
    return tuple((c, o, k + off) for c, o, k in p)


class Proof:
    """One claim: assumptions, and what must follow."""

    def __init__(self, module):
        self.module = module
        self.hard = Hard()
        self.given = []
        self.must = []
        self.witnesses = []
        self.cuts = []
        self.memory = llvm.Memory()
        self.machine = llvm.Machine(module, {}, self.hard)
        self.nr = 0

    def reduces(self, *witnesses):
        """weir_scalar_reduce() by its claim, for these numbers."""
        self.witnesses += witnesses
        self.machine.contracts["weir_scalar_reduce"] = self.reduce_contract
        return self

    def extends(self, *witnesses):
        """weir_scalar_zext() and _sext() by their claims, for these numbers."""
        def contract(how):
            def extend(_, args, memory):
                before = get_scalar(memory, args[1])
                bits = z3.simplify(args[2]).as_long()
                self.nr += 1
                after = Scalar(f"extended{self.nr}")
                for x in witnesses:
                    self.cuts.append((before.holds(x),
                                      after.holds(how(x, bits))))
                put_scalar(memory, args[0], after)
            return extend
        self.machine.contracts["weir_scalar_zext"] = contract(zext)
        self.machine.contracts["weir_scalar_sext"] = contract(sext)

    def reduce_contract(self, machine, args, memory):
        before = get_scalar(memory, args[0])
        self.nr += 1
        after = Scalar(f"reduced{self.nr}")
        some = z3.Bool(f"some{self.nr}")
        for x in self.witnesses:
            self.cuts.append((before.holds(x), z3.And(some, after.holds(x))))
        put_scalar(memory, args[0], after)
        return some

    def range(self, name):
        p, r = self.memory.new(), Range(name)
        put_range(self.memory, p, r)
        return p, r

    def scalar(self, name):
        p, s = self.memory.new(), Scalar(name)
        put_scalar(self.memory, p, s)
        return p, s

    def call(self, name, *args):
        value, self.memory = self.machine.call(name, list(args), self.memory)
        return value

    def range_at(self, p):
        return get_range(self.memory, p)

    def scalar_at(self, p):
        return get_scalar(self.memory, p)

    def by_memory(self, name, *args):
        """A call that returns a structure through its first argument."""
        out = self.memory.new()
        self.call(name, out, *args)
        return out

    def decide(self, seconds):
        """First as a whole; then by cuts: what the contracts' premises are is
        shown by itself, so that their conclusions are facts.
        """
        facts = [*self.given, *self.hard.laws()]
        follows = self.follows
        rules = [z3.Implies(a, b) for a, b in self.cuts]
        share = seconds / 6 if self.cuts else seconds
        answer, model = follows([*facts, *rules], self.must, share)
        if answer != "undecided" or not self.cuts:
            return answer, model
        end = time.monotonic() + seconds / 2
        for premise, conclusion in self.cuts:
            left = min(seconds / 20, end - time.monotonic())
            if follows(facts, [premise], left)[0] == "proven":
                facts.append(conclusion)
            else:
                facts.append(z3.Implies(premise, conclusion))
        return follows(facts, self.must, seconds / 3)

    def follows(self, facts, claims, seconds):
        """Do the claims, one after the other, follow from the facts?"""
        end = time.monotonic() + seconds
        for one in parts(claims):
            left = end - time.monotonic()
            if left <= 0:
                return "undecided", ""
            solver = z3.SolverFor("QF_BV")
            solver.set("timeout", max(1, int(left * 1000)))
            solver.add(*facts, z3.Not(one))
            answer = solver.check()
            if answer == z3.unknown:
                return "undecided", ""
            if answer == z3.sat:
                model = solver.model()
                if self.hard.is_true(model):
                    return "wrong", counterexample(model)
                return "undecided", "the laws of arithmetic do not suffice"
        return "proven", ""


def parts(claims):
    for c in claims:
        if z3.is_and(c):
            yield from parts(c.children())
        elif c is not True:
            yield c


def counterexample(model):
    return "\n".join(f"{d} = {model[d]}" for d in sorted(model.decls(), key=str)
                     if not str(d).startswith(("mem", "some", "reduced")))


CLAIMS = {}


def claim(name):
    def register(f):
        CLAIMS[name] = f
        return f
    return register


# Numbers as the machine computes with them: RFC 9669, and Linux's division.

def machine(hard, op, is64, sx, x, y):
    width = 64 if is64 else 32
    if not is64:
        signed = op == ARSH or (op in (DIV, MOD) and sx)
        x = sext(x, 32) if signed else zext32(x)
        y = sext(y, 32) if op in (DIV, MOD) and sx else zext32(y)
    count = y & (width - 1)
    if op == ADD:
        r = x + y
    elif op == SUB:
        r = x - y
    elif op == MUL:
        r = hard("mul", x, y)
    elif op == NEG:
        r = -x
    elif op == AND:
        r = x & y
    elif op == OR:
        r = x | y
    elif op == XOR:
        r = x ^ y
    elif op == LSH:
        r = x << count
    elif op == RSH:
        r = z3.LShR(x, count)
    elif op == ARSH:
        r = x >> count
    elif op == DIV:
        r = z3.If(y == 0, B(0, 64),
                  z3.If(y == B(-1, 64), -x, hard("sdiv", x, y)) if sx else
                  hard("udiv", x, y))
    elif op == MOD:
        r = z3.If(y == 0, x,
                  z3.If(y == B(-1, 64), B(0, 64), hard("srem", x, y)) if sx
                  else hard("urem", x, y))
    else:
        r = sext(y, sx) if sx else y
    return r if is64 else zext32(r)


def compares(op, is64, x, y):
    if not is64:
        x, y = low(x), low(y)
    return {EQ: x == y, NE: x != y, GT: z3.UGT(x, y), GE: z3.UGE(x, y),
            LT: z3.ULT(x, y), LE: z3.ULE(x, y), SGT: x > y, SGE: x >= y,
            SLT: x < y, SLE: x <= y, SET: x & y != 0}[op]


def numbers():
    return z3.BitVec("x", 64), z3.BitVec("y", 64)


def tnums():
    return ([z3.BitVec("a.value", 64), z3.BitVec("a.mask", 64)],
            [z3.BitVec("b.value", 64), z3.BitVec("b.mask", 64)])


# Known bits

def tnum_binary(name, what):
    @claim(f"tnum_{name}")
    def _(p):
        (x, y), (a, b) = numbers(), tnums()
        p.given = [tnum_holds(a, x), tnum_holds(b, y)]
        p.must = [tnum_holds(p.call(f"weir_tnum_{name}", *a, *b), what(x, y))]


for _name, _what in (("add", lambda x, y: x + y), ("sub", lambda x, y: x - y),
                     ("and", lambda x, y: x & y), ("or", lambda x, y: x | y),
                     ("xor", lambda x, y: x ^ y)):
    tnum_binary(_name, _what)


def tnum_shift(name, what):
    @claim(f"tnum_{name}")
    def _(p):
        (x, _), (a, _) = numbers(), tnums()
        n = z3.BitVec("n", 32)
        p.given = [tnum_holds(a, x), z3.ULT(n, 64)]
        p.must = [tnum_holds(p.call(f"weir_tnum_{name}", *a, n),
                             what(x, z3.ZeroExt(32, n)))]


for _name, _what in (("lsh", lambda x, n: x << n), ("rsh", z3.LShR),
                     ("arsh", lambda x, n: x >> n)):
    tnum_shift(_name, _what)


@claim("tnum_range")
def _(p):
    x, _ = numbers()
    least, most = z3.BitVecs("min max", 64)
    p.given = [z3.ULE(least, x), z3.ULE(x, most)]
    p.must = [tnum_holds(p.call("weir_tnum_range", least, most), x)]


@claim("tnum_join")
def _(p):
    (x, _), (a, b) = numbers(), tnums()
    p.given = [z3.Or(tnum_holds(a, x), tnum_holds(b, x))]
    p.must = [tnum_holds(p.call("weir_tnum_join", *a, *b), x)]


@claim("tnum_meet")
def _(p):
    (x, _), (a, b) = numbers(), tnums()
    to = p.memory.new()
    p.memory.store(to, 8, a[0])
    p.memory.store(move(to, 8), 8, a[1])
    some = p.call("weir_tnum_meet", to, *b)
    p.given = [tnum_holds(a, x), tnum_holds(b, x)]
    p.must = [some, tnum_holds([p.memory.load(to, 8),
                                p.memory.load(move(to, 8), 8)], x)]


@claim("tnum_subset")
def _(p):
    (x, _), (a, b) = numbers(), tnums()
    p.given = [tnum_holds(b, x), p.call("weir_tnum_subset", *a, *b)]
    p.must = [tnum_holds(a, x)]


def tnum_bits(bits):
    @claim(f"tnum_trunc {bits}")
    def _(p):
        (x, _), (a, _) = numbers(), tnums()
        p.given = [tnum_holds(a, x)]
        p.must = [tnum_holds(p.call("weir_tnum_trunc", *a, B(bits, 32)),
                             zext(x, bits))]

    @claim(f"tnum_bswap {bits}")
    def _(p):
        (x, _), (a, _) = numbers(), tnums()
        p.given = [tnum_holds(a, x)]
        if bits == 8:
            return
        p.must = [tnum_holds(p.call("weir_tnum_bswap", *a, B(bits, 32)),
                             swapped(x, bits))]


def swapped(x, bits):
    parts = [z3.Extract(i + 7, i, x) for i in range(0, bits, 8)]
    all_ = z3.Concat(*parts)
    return z3.ZeroExt(64 - bits, all_) if bits < 64 else all_


for _bits in (16, 32, 64):
    tnum_bits(_bits)


@claim("tnum_mul, one step of its loop")
def _(p):
    """The loop adds up what varies: with x in a and y in b, what is still to
    be added to the known product is, before each round, x * y - a.value *
    b.value less what the sum stands for. One round, over all states: from
    s in sum to s + (x & 1) * y - (a.value & 1) * b.value in the next sum, and
    x >> 1 in the next a, y << 1 in the next b, b's known part shifted with it.
    The sum telescopes to x * y - a.value * b.value (schoolbook).
    """
    (x, y), (a, b) = numbers(), tnums()
    total = [z3.BitVec("sum.value", 64), z3.BitVec("sum.mask", 64)]
    s = z3.BitVec("s", 64)
    f = p.module.functions["weir_tnum_mul"]
    p.given = [tnum_holds(a, x), tnum_holds(b, y), tnum_holds(total, s)]
    for odd in ("value", "mask", "neither"):
        bit = {"value": a[0] & 1 == 1,
               "mask": z3.And(a[0] & 1 == 0, a[1] & 1 == 1),
               "neither": z3.And(a[0] & 1 == 0, a[1] & 1 == 0)}[odd]
        addend = {"value": [B(0, 64), b[1]],
                  "mask": [B(0, 64), b[0] | b[1]],
                  "neither": None}[odd]
        after = total if addend is None else \
            p.call("weir_tnum_add", *total, *addend)
        now = s + z3.If(x & 1 == 1, y, B(0, 64)) - z3.If(
            a[0] & 1 == 1, b[0], B(0, 64))
        p.must.append(z3.Implies(bit, tnum_holds(after, now)))
    p.must.append(tnum_holds(p.call("weir_tnum_rsh", *a, B(1, 32)),
                             z3.LShR(x, 1)))
    p.must.append(tnum_holds(p.call("weir_tnum_lsh", *b, B(1, 32)), y << 1))
    assert f is not None


# Ranges

def range_binary(name, op, is64=True, sx=0):
    @claim(f"range_{name}")
    def _(p):
        x, y = numbers()
        (pa, a), (pb, b) = p.range("a"), p.range("b")
        r = p.range_at(
                      p.by_memory(f"weir_range_{name}", pa, pb))
        p.given = [a.holds(x), b.holds(y)]
        p.must = [r.holds(machine(p.hard, op, is64, sx, x, y))]
        if op == MUL:
            corner_products(p, a, b, x, y)


def corner_products(p, a, b, x, y):
    """Products between the corners, for the laws to go by."""
    for u in (a.umin, a.umax, a.smin, a.smax, x):
        p.hard("mul", u, y)
    xl, yl = zext32(x), zext32(y)
    xs, ys = sext(x, 32), sext(y, 32)
    p.hard("mul", xl, yl)
    p.hard("mul", xs, ys)
    for u in (a.umin32, a.umax32):
        p.hard("mul", z3.ZeroExt(32, u), yl)
    for u in (a.smin32, a.smax32):
        p.hard("mul", z3.SignExt(32, u), ys)


for _name, _op, _sx in (("add", ADD, 0), ("sub", SUB, 0), ("mul", MUL, 0),
                        ("div", DIV, 0), ("mod", MOD, 0), ("sdiv", DIV, 1),
                        ("smod", MOD, 1)):
    range_binary(_name, _op, True, _sx)


def range_shift(name, op):
    @claim(f"range_{name}")
    def _(p):
        x, n = numbers()
        pa, a = p.range("a")
        least, most = z3.BitVecs("min max", 32)
        r = p.range_at(
                      p.by_memory(f"weir_range_{name}", pa, least, most))
        p.given = [a.holds(x), z3.ULE(z3.ZeroExt(32, least), n),
                   z3.ULE(n, z3.ZeroExt(32, most)), z3.ULT(most, 64)]
        p.must = [r.holds(machine(p.hard, op, True, 0, x, n))]


for _name, _op in (("lsh", LSH), ("rsh", RSH), ("arsh", ARSH)):
    range_shift(_name, _op)


@claim("range_join")
def _(p):
    x, _ = numbers()
    (pa, a), (pb, b) = p.range("a"), p.range("b")
    r = p.range_at(p.by_memory("weir_range_join", pa, pb))
    p.given = [z3.Or(a.holds(x), b.holds(x))]
    p.must = [r.holds(x)]


@claim("range_meet")
def _(p):
    x, _ = numbers()
    (pa, a), (pb, b) = p.range("a"), p.range("b")
    p.call("weir_range_meet", pa, pb)
    p.given = [a.holds(x), b.holds(x)]
    p.must = [p.range_at(pa).holds(x)]


@claim("range_subset")
def _(p):
    x, _ = numbers()
    (pa, a), (pb, b) = p.range("a"), p.range("b")
    p.given = [b.holds(x), p.call("weir_range_subset", pa, pb)]
    p.must = [a.holds(x)]


@claim("range_contains is what it says")
def _(p):
    x, _ = numbers()
    pa, a = p.range("a")
    p.must = [p.call("weir_range_contains", pa, x) == a.holds(x)]


@claim("reduce: range_reduce")
def _(p):
    x, _ = numbers()
    pa, a = p.range("a")
    some = p.call("weir_range_reduce", pa)
    p.given = [a.holds(x)]
    p.must = [some, p.range_at(pa).holds(x)]


# Scalars

def scalar_in_place(name, inner):
    @claim(f"reduce: {name}")
    def _(p):
        x, _ = numbers()
        pa, a = p.scalar("a")
        some = p.call(inner, pa)
        p.given = [a.holds(x)]
        p.must = [p.scalar_at(pa).holds(x)]
        if some is not None:
            p.must.append(some)


scalar_in_place("range_learns_bits", "range_learns_bits")
scalar_in_place("bits_learn_range", "bits_learn_range")


@claim("reduce: reduce_const")
def _(p):
    x, _ = numbers()
    pa, a = p.scalar("a")
    some = p.call("reduce_const", pa, x)
    p.given = [a.holds(x)]
    p.must = [some, p.scalar_at(pa).holds(x)]


@claim("reduce: a round of scalar_reduce from its four parts")
def _(p):
    x, _ = numbers()
    pa, a = p.scalar("a")

    def constant(_, args, memory):
        p.nr += 1
        before, after = get_scalar(memory, args[0]), Scalar(f"const{p.nr}")
        some = z3.Bool(f"some{p.nr}")
        p.cuts.append((z3.And(before.holds(x), args[1] == x),
                       z3.And(some, after.holds(x))))
        put_scalar(memory, args[0], after)
        return some

    def part(is_range, gives):
        def contract(_, args, memory):
            get, put = (get_range, put_range) if is_range else \
                (get_scalar, put_scalar)
            before = get(memory, args[0])
            p.nr += 1
            after = Range(f"part{p.nr}") if is_range else \
                Scalar(f"part{p.nr}")
            some = z3.Bool(f"some{p.nr}") if gives else None
            p.cuts.append((before.holds(x), z3.And(after.holds(x), some)
                           if gives else after.holds(x)))
            put(memory, args[0], after)
            return some
        return contract

    p.machine.contracts = {"range_learns_bits": part(False, False),
                           "weir_range_reduce": part(True, True),
                           "bits_learn_range": part(False, True),
                           "reduce_const": constant}
    how = p.call("reduce_round", pa)
    p.given.append(a.holds(x))
    p.must = [z3.Or(how == 1, how == 2), p.scalar_at(pa).holds(x)]


@claim("reduce: scalar_reduce from its rounds")
def _(p):
    x, _ = numbers()
    pa, a = p.scalar("a")

    def one(_, args, memory):
        p.nr += 1
        before, after = get_scalar(memory, args[0]), Scalar(f"round{p.nr}")
        how = z3.BitVec(f"how{p.nr}", 32)
        p.cuts.append((before.holds(x),
                       z3.And(z3.Or(how == 1, how == 2), after.holds(x))))
        put_scalar(memory, args[0], after)
        return how

    p.machine.contracts["reduce_round"] = one
    some = p.call("weir_scalar_reduce", pa)
    p.given.append(a.holds(x))
    p.must = [some, p.scalar_at(pa).holds(x)]


@claim("scalar_contains is what it says")
def _(p):
    x, _ = numbers()
    pa, a = p.scalar("a")
    p.must = [p.call("weir_scalar_contains", pa, x) == a.holds(x)]


@claim("scalar_subset")
def _(p):
    x, _ = numbers()
    (pa, a), (pb, b) = p.scalar("a"), p.scalar("b")
    p.given = [b.holds(x), p.call("weir_scalar_subset", pa, pb)]
    p.must = [a.holds(x)]


@claim("scalar_meet")
def _(p):
    x, _ = numbers()
    p.reduces(x)
    (pa, a), (pb, b) = p.scalar("a"), p.scalar("b")
    some = p.call("weir_scalar_meet", pa, pb)
    p.given += [a.holds(x), b.holds(x)]
    p.must = [some, p.scalar_at(pa).holds(x)]


@claim("scalar_join")
def _(p):
    x, _ = numbers()
    (pa, a), (pb, b) = p.scalar("a"), p.scalar("b")
    r = p.scalar_at(p.by_memory("weir_scalar_join", pa, pb))
    p.given = [z3.Or(a.holds(x), b.holds(x))]
    p.must = [r.holds(x)]


@claim("widen: widen_steps, with step_down and step_up as given")
def _(p):
    x, _ = numbers()
    (pa, a), (po, _) = p.range("a"), p.range("old")
    steps = p.memory.new()

    def step(down):
        def contract(_, args, memory):
            p.nr += 1
            r = z3.BitVec(f"step{p.nr}", 64)
            near, end = args[0], args[1]
            p.given.append(z3.Or(r == end, z3.And(r > end, r <= near)
                                 if down else z3.And(r < end, r >= near)))
            return r
        return contract

    p.machine.contracts["step_down"] = step(True)
    p.machine.contracts["step_up"] = step(False)
    p.call("widen_steps", pa, po, steps, z3.BitVec("nr_steps", 32))
    p.given += [a.holds(x)]
    p.must = [p.range_at(pa).holds(x)]


@claim("widen: widen_fully")
def _(p):
    x, _ = numbers()
    (pa, a), (po, _) = p.range("a"), p.range("old")
    p.call("widen_fully", pa, po)
    p.given = [a.holds(x)]
    p.must = [p.range_at(pa).holds(x)]


@claim("widen: scalar_widen from its parts")
def _(p):
    x, _ = numbers()
    p.reduces(x)
    (pa, a), (pb, b) = p.scalar("a"), p.scalar("b")
    steps = p.memory.new()

    def part(_, args, memory):
        p.nr += 1
        before, after = get_range(memory, args[0]), Range(f"part{p.nr}")
        p.cuts.append((before.holds(x), after.holds(x)))
        put_range(memory, args[0], after)

    def join(_, args, memory):
        p.nr += 1
        after = Scalar(f"joined{p.nr}")
        p.cuts.append((z3.Or(get_scalar(memory, args[1]).holds(x),
                             get_scalar(memory, args[2]).holds(x)),
                       after.holds(x)))
        put_scalar(memory, args[0], after)

    p.machine.contracts["weir_scalar_join"] = join
    p.machine.contracts["widen_steps"] = part
    p.machine.contracts["widen_fully"] = part
    r = p.scalar_at(p.by_memory("weir_scalar_widen", pa, pb, steps,
                                         z3.BitVec("nr_steps", 32)))
    p.given += [z3.Or(a.holds(x), b.holds(x))]
    p.must = [r.holds(x)]


for _bits in (8, 16, 32):
    for _sign in (False, True):
        def _make(bits, sign):
            @claim(f"scalar_{'s' if sign else 'z'}ext {bits}")
            def _(p):
                x, _ = numbers()
                z = sext(x, bits) if sign else zext(x, bits)
                p.reduces(x, z)
                pa, a = p.scalar("a")
                r = p.by_memory(f"weir_scalar_{'s' if sign else 'z'}ext", pa,
                                B(bits, 32))
                p.given += [a.holds(x)]
                p.must = [p.scalar_at(r).holds(z)]
        _make(_bits, _sign)

for _bits in (16, 32, 64):
    def _make(bits):
        @claim(f"scalar_bswap {bits}")
        def _(p):
            x, _ = numbers()
            z = swapped(x, bits)
            p.reduces(z)
            pa, a = p.scalar("a")
            r = p.by_memory("weir_scalar_bswap", pa, B(bits, 32))
            p.given += [a.holds(x)]
            p.must = [p.scalar_at(r).holds(z)]
    _make(_bits)


def by_alu(p, u, v, full):
    """alu() by its claims, for two numbers and what comes of them."""
    def contract(_, args, memory):
        p.nr += 1
        r = Scalar(f"alu{p.nr}")
        p.cuts.append((z3.And(get_scalar(memory, args[4]).holds(u),
                              get_scalar(memory, args[5]).holds(v)),
                       r.holds(full)))
        put_scalar(memory, args[0], r)
    return contract


def alu_of_halves(name, op, sx=0):
    """What a 32-bit operation does between extending its operands and cutting
    off its result; shift counts are masked as 32 bits want it.
    """
    @claim(f"alu {name}32, on extended operands")
    def _(p):
        x, y = numbers()
        count = y & 31 if op in SHIFTS else y
        z = machine(p.hard, op, True, sx, x, count)
        p.reduces(z)
        part = PARTS.get((op, bool(sx)))
        if part:
            p.machine.contracts[f"weir_range_{part}"] = by_claim(
                p, True, x, y, z)
        (pa, a), (pb, b) = p.scalar("a"), p.scalar("b")
        r = p.by_memory("alu", B(op, 8), B(32, 32), z3.BoolVal(bool(sx)), pa,
                        pb)
        p.given += [a.holds(x), b.holds(y)]
        p.must = [p.scalar_at(r).holds(z)]


SHIFTS = (LSH, RSH, ARSH)
HALVES = {(LSH, 0): "lsh", (MOD, 0): "mod", (DIV, 1): "sdiv", (MOD, 1): "smod"}


def scalar_alu(name, op, is64, sx=0):
    @claim(f"alu {name}{64 if is64 else 32}")
    def _(p):
        x, y = numbers()
        z = machine(p.hard, op, is64, sx, x, y)
        wide = [z]
        if not is64:
            xs, ys = (sext(x, 32), sext(y, 32)) if op == ARSH or (
                op in (DIV, MOD) and sx) else (zext32(x), zext32(y))
            if op == ARSH:
                ys = zext32(y)
            count = z3.If(z3.BoolVal(op in (LSH, RSH, ARSH)), ys & 31, ys)
            wide += [xs, ys]
            if op == MUL:
                wide.append(p.hard("mul", xs, ys))
            elif op in (DIV, MOD):
                wide.append(machine(p.hard, op, True, sx, xs, ys))
            elif op == MOV:
                wide.append(sext(y, sx or 64))
            else:
                wide.append(machine(p.hard, op, True, 0, xs, count))
        elif op == MOV:
            wide.append(sext(y, sx or 64))
        p.reduces(*wide)
        if not is64:
            p.extends(x, y, *wide[3:], *(wide[2:3] if op == MOV else ()))
        # known bits and ranges of the operation are claims of their own
        u, v = (x, y) if is64 else (xs, ys)
        part = PARTS.get((op, bool(sx)))
        for kind in ("tnum", "range") if part else ():
            if kind == "tnum" and op in (DIV, MOD):
                continue
            full = machine(p.hard, op, True, sx, u, v)
            p.machine.contracts[f"weir_{kind}_{part}"] = by_claim(
                p, kind == "range", *((B(0, 64), u) if op == NEG else (u, v)),
                full)
        if not is64 and (op, sx) in HALVES:
            p.machine.contracts["alu"] = by_alu(p, xs, ys, wide[3])
        (pa, a), (pb, b) = p.scalar("a"), p.scalar("b")
        r = p.by_memory("weir_scalar_alu", B(op, 8), z3.BoolVal(is64),
                        B(sx, 32), pa, pb)
        p.given += [a.holds(x), b.holds(y)]
        p.must = [p.scalar_at(r).holds(z)]


PARTS = {(ADD, False): "add", (SUB, False): "sub", (MUL, False): "mul",
         (NEG, False): "sub", (AND, False): "and", (OR, False): "or",
         (XOR, False): "xor", (DIV, False): "div", (MOD, False): "mod",
         (DIV, True): "sdiv", (MOD, True): "smod"}


def by_claim(p, is_range, x, y, result):
    """A tnum_ or range_ function by its claim, for two numbers."""
    def contract(_, args, memory):
        p.nr += 1
        if is_range:
            a, b = get_range(memory, args[1]), get_range(memory, args[2])
            r = Range(f"part{p.nr}")
            p.given.append(z3.Implies(z3.And(a.holds(x), b.holds(y)),
                                      r.holds(result)))
            put_range(memory, args[0], r)
            return None
        t = list(z3.BitVecs(f"pv{p.nr} pm{p.nr}", 64))
        p.given.append(z3.Implies(z3.And(tnum_holds(args[:2], x),
                                         tnum_holds(args[2:], y)),
                                  tnum_holds(t, result)))
        return t
    return contract


for _wide in (False, True):
    for _name, _op, _sx in (
            ("add", ADD, 0), ("sub", SUB, 0), ("mul", MUL, 0), ("div", DIV, 0),
            ("mod", MOD, 0), ("sdiv", DIV, 1), ("smod", MOD, 1),
            ("and", AND, 0), ("or", OR, 0), ("xor", XOR, 0), ("lsh", LSH, 0),
            ("rsh", RSH, 0), ("arsh", ARSH, 0), ("neg", NEG, 0),
            ("mov", MOV, 0), ("movsx8_", MOV, 8), ("movsx16_", MOV, 16)):
        scalar_alu(_name, _op, _wide, _sx)
scalar_alu("movsx32_", MOV, True, 32)
for (_op, _sx), _name in HALVES.items():
    alu_of_halves(_name, _op, _sx)


@claim("assume_not_const")
def _(p):
    x, _ = numbers()
    c = z3.BitVec("c", 64)
    p.reduces(x)
    pa, a = p.scalar("a")
    some = p.call("assume_not_const", pa, c)
    p.given += [a.holds(x), x != c]
    p.must = [some, p.scalar_at(pa).holds(x)]


@claim("learn_low, of a number with that low half")
def _(p):
    x, half = numbers()
    p.reduces(x)
    (pa, a), (ph, h) = p.scalar("a"), p.scalar("half")
    some = p.call("learn_low", pa, ph)
    p.given += [a.holds(x), h.holds(half), low(half) == low(x)]
    p.must = [some, p.scalar_at(pa).holds(x)]


def by_assume(p, how, x, y, op, taken):
    """assume64() and learn_low() by their claims, for two extended numbers."""
    def assume(_, args, memory):
        p.nr += 1
        before = [get_scalar(memory, q) for q in args[2:]]
        after = [Scalar(f"assumed{p.nr}.{i}") for i in range(2)]
        some = z3.Bool(f"some{p.nr}")
        u, v = how(x), how(y)
        p.cuts.append((z3.And(before[0].holds(u), before[1].holds(v),
                              compares(op, True, u, v) == taken),
                       z3.And(some, after[0].holds(u), after[1].holds(v))))
        for q, s in zip(args[2:], after):
            put_scalar(memory, q, s)
        return some

    def learn(_, args, memory):
        p.nr += 1
        before, half = (get_scalar(memory, q) for q in args)
        after, some = Scalar(f"learnt{p.nr}"), z3.Bool(f"some{p.nr}")
        for w in (x, y):
            p.cuts.append((z3.And(before.holds(w), half.holds(how(w))),
                           z3.And(some, after.holds(w))))
        put_scalar(memory, args[0], after)
        return some

    p.machine.contracts["assume64"] = assume
    p.machine.contracts["learn_low"] = learn


def by_not_const(p, x, y):
    def contract(_, args, memory):
        p.nr += 1
        before, after = get_scalar(memory, args[0]), Scalar(f"not{p.nr}")
        some = z3.Bool(f"some{p.nr}")
        for w in (x, y):
            p.cuts.append((z3.And(before.holds(w), w != args[1]),
                           z3.And(some, after.holds(w))))
        put_scalar(memory, args[0], after)
        return some
    p.machine.contracts["assume_not_const"] = contract


def scalar_assume(name, op, is64, taken):
    @claim(f"assume {name}{64 if is64 else 32} "
           f"{'taken' if taken else 'not taken'}")
    def _(p):
        x, y = numbers()
        p.reduces(x, y)
        if not is64:
            how = (lambda v: sext(v, 32)) if op in (SGT, SGE, SLT, SLE) \
                else zext32
            p.reduces(how(x), how(y))
            p.extends(x, y)
            by_assume(p, how, x, y, op, taken)
        elif op in (EQ, NE) and taken == (op == NE):
            by_not_const(p, x, y)
        (pa, a), (pb, b) = p.scalar("a"), p.scalar("b")
        some = p.call("weir_scalar_assume", B(op, 8), z3.BoolVal(is64),
                      z3.BoolVal(taken), pa, pb)
        p.given += [a.holds(x), b.holds(y),
                    compares(op, is64, x, y) == taken]
        p.must = [some, p.scalar_at(pa).holds(x),
                  p.scalar_at(pb).holds(y)]


for _name, _op in (("jeq", EQ), ("jne", NE), ("jgt", GT), ("jge", GE),
                   ("jlt", LT), ("jle", LE), ("jsgt", SGT), ("jsge", SGE),
                   ("jslt", SLT), ("jsle", SLE), ("jset", SET)):
    for _wide in (False, True):
        for _taken in (False, True):
            scalar_assume(_name, _op, _wide, _taken)


def compiled(include=()):
    r = subprocess.run(["clang", *include, *FLAGS,
                        "selftests/soundness/domain.c", "-o", "-"], cwd=TOP,
                       stdout=subprocess.PIPE, check=True, text=True)
    return r.stdout


# File, its line, what it becomes, and the claim that this breaks.
MUTANTS = (
    ("tnum.c", "(least ^ most) | a.mask | b.mask", "(least ^ most) | a.mask",
     "tnum_add"),
    ("tnum.c", "(diff - b.mask)) | a.mask | b.mask", "(diff + b.mask)) | a.mask",
     "tnum_sub"),
    ("tnum.c", "(a.mask | b.mask) & ~one", "a.mask & ~one", "tnum_or"),
    ("range.c", "(lo < a->umin) == (hi < a->umax)", "true", "range_add"),
    ("range.c", "(a->umin < b->umax) == (a->umax < b->umin)", "true",
     "range_sub"),
    ("range.c", "a->smin >> (a->smin < 0 ? min : max)", "a->smin >> max",
     "range_arsh"),
    ("range.c", "if (hi - lo > U32_MAX)", "if (false)",
     "reduce: range_reduce"),
    ("range.c", ".umin = min(a->umin, b->umin)",
     ".umin = max(a->umin, b->umin)", "range_join"),
    ("range.c", "a->umin >> max, a->umax >> min",
     "a->umin >> min, a->umax >> min", "range_rsh"),
    ("scalar.c", "r->smax = step_up(r->smax", "r->smax = step_up(o->smax",
     "widen: widen_steps, with step_down and step_up as given"),
    ("scalar.c", "r->smin >= S32_MIN ? S32_MIN", "true ? S32_MIN",
     "widen: widen_fully"),
    ("scalar.c", "a->range.smin >= -most - 1 && a->range.smax <= most",
     "a->range.smax <= most", "scalar_sext 16"),
    ("compare.c", "S64_MIN, b->range.smax - strict", "S64_MIN, b->range.smax - 1",
     "assume jsle64 taken"),
    ("compare.c", "weir_range_meet_u64(&a->range, 0, b->range.umax - strict);",
     "weir_range_meet_u64(&a->range, 0, b->range.umax - 1);",
     "assume jle64 taken"),
    ("compare.c", "(struct weir_tnum){ 0, ~b }", "(struct weir_tnum){ 0, b }",
     "assume jset64 not taken"),
)


def mutated(file, line, to):
    """The domain's IR with one line broken."""
    with open(f"{TOP}/verifier/{file}", encoding="ascii") as f:
        text = f.read()
    if text.count(line) < 1:
        sys.exit(f"domain.py: verifier/{file} has no '{line}' any more")
    with tempfile.TemporaryDirectory() as tmp:
        os.mkdir(f"{tmp}/verifier")
        with open(f"{tmp}/verifier/{file}", "w", encoding="ascii") as f:
            f.write(text.replace(line, to, 1))
        return compiled((f"-I{tmp}",))


def prove(name, text, seconds):
    start = time.monotonic()
    try:
        proof = Proof(llvm.Module(text))
        CLAIMS[name](proof)
        answer, detail = proof.decide(seconds)
    except (llvm.Unsupported, z3.Z3Exception, KeyError) as e:
        answer, detail = "broken", f"{type(e).__name__}: {e}"
    return name, answer, detail, time.monotonic() - start


def show(i, good, name, skip, detail, seconds):
    for line in detail.splitlines():
        print(f"#   {line}")
    print(f"{'ok' if good else 'not ok'} {i} - {name}{skip}")
    print(f"# {seconds:.1f} s", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("-j", type=int, default=os.cpu_count())
    parser.add_argument("pattern", nargs="*")
    options = parser.parse_args()
    names = [n for n in CLAIMS if not options.pattern or
             any(p in n for p in options.pattern)]
    mutants = [m for m in MUTANTS if not options.pattern or
               any(p in f"mutant of {m[3]}" for p in options.pattern)]
    text = compiled()
    count = dict.fromkeys(("proven", "undecided", "wrong", "broken"), 0)
    missed = 0
    print("TAP version 13")
    print(f"1..{len(names) + len(mutants)}", flush=True)
    with concurrent.futures.ProcessPoolExecutor(options.j) as pool:
        broken = [pool.submit(prove, m[3], mutated(*m[:3]), options.seconds)
                  for m in mutants]
        runs = [pool.submit(prove, n, text, options.seconds) for n in names]
        for i, (m, run) in enumerate(zip(mutants, broken), 1):
            _, answer, detail, seconds = run.result()
            missed += answer != "wrong"
            show(i, answer == "wrong", f"mutant of {m[3]}", "",
                 f"{m[0]}: {m[2]}: {answer}", seconds)
        for i, run in enumerate(runs, len(mutants) + 1):
            name, answer, detail, seconds = run.result()
            count[answer] += 1
            skip = f" # SKIP undecided in {options.seconds:g} s" \
                if answer == "undecided" else ""
            show(i, answer in ("proven", "undecided"), name, skip, detail,
                 seconds)
    print("# " + ", ".join(f"{v} {k}" for k, v in count.items()) +
          f"; {len(mutants) - missed} of {len(mutants)} mutants refuted")
    return 1 if count["wrong"] or count["broken"] or missed else 0


if __name__ == "__main__":
    sys.exit(main())
