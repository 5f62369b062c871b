// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.decode;

/**
 * Every form of an instruction that stores to memory in 64-bit mode (AMD manual volumes 3 to 5,
 * Intel's volume 2 for what AMD has not), in the rows of a {@link FormTable}.
 *
 * <p>Not here, because no operand of theirs says where they store: what an exception or {@code int}
 * pushes, accessed and busy bits that loading a selector sets, shadow stacks' return addresses,
 * MPX, {@code vmsave} and the VMX instructions with a physical address, SGX, user interrupts; nor
 * {@code call} with prefix 66, which AMD's and Intel's CPUs read differently; nor the encodings of
 * APX, with REX2 and in EVEX map 4.
 */
final class StoreForms {
  private static final String ROWS =
      """
      00 add, 08 or, 20 and, 28 sub, 30 xor : 1 modify lock
      01 add, 09 or, 21 and, 29 sub, 31 xor : v modify lock
      10 adc, 18 sbb : 1 carry lock
      11 adc, 19 sbb : v carry lock
      80/0 add, 80/1 or, 80/4 and, 80/5 sub, 80/6 xor : 1 modify lock byte
      81/0 add, 81/1 or, 81/4 and, 81/5 sub, 81/6 xor : v modify lock z
      83/0 add, 83/1 or, 83/4 and, 83/5 sub, 83/6 xor : v modify lock byte
      80/2 adc, 80/3 sbb : 1 carry lock byte
      81/2 adc, 81/3 sbb : v carry lock z
      83/2 adc, 83/3 sbb : v carry lock byte
      f6/2 not, f6/3 neg, fe/0 inc, fe/1 dec : 1 modify lock
      f7/2 not, f7/3 neg, ff/0 inc, ff/1 dec : v modify lock
      c0/0 rol, c0/1 ror, c0/4 shl, c0/5 shr, c0/6 shl, c0/7 sar : 1 modify byte
      c1/0 rol, c1/1 ror, c1/4 shl, c1/5 shr, c1/6 shl, c1/7 sar : v modify byte
      d0/0 rol, d0/1 ror, d0/4 shl, d0/5 shr, d0/6 shl, d0/7 sar : 1 modify
      d1/0 rol, d1/1 ror, d1/4 shl, d1/5 shr, d1/6 shl, d1/7 sar : v modify
      d2/0 rol, d2/1 ror, d2/4 shl, d2/5 shr, d2/6 shl, d2/7 sar : 1 modify
      d3/0 rol, d3/1 ror, d3/4 shl, d3/5 shr, d3/6 shl, d3/7 sar : v modify
      c0/2 rcl, c0/3 rcr : 1 carry byte
      c1/2 rcl, c1/3 rcr : v carry byte
      d0/2 rcl, d0/3 rcr, d2/2 rcl, d2/3 rcr : 1 carry
      d1/2 rcl, d1/3 rcr, d3/2 rcl, d3/3 rcr : v carry
      0fa4 shld, 0fac shrd : v modify byte
      0fa5 shld, 0fad shrd : v modify
      0fab bts, 0fb3 btr, 0fbb btc : v modify lock bits
      0fba/5 bts, 0fba/6 btr, 0fba/7 btc : v modify lock byte
      86 xchg : 1 exchange lock
      87 xchg : v exchange lock
      0fc0 xadd : 1 add lock
      0fc1 xadd : v add lock
      0fb0 cmpxchg : 1 compare lock
      0fb1 cmpxchg : v compare lock
      0fc7/1 cmpxchg8b : pair compare_pair lock
      np.0f38fc aadd, 66.0f38fc aand, f2.0f38fc aor, f3.0f38fc axor : y modify

      88 mov : 1 reg
      89 mov : v reg
      8c mov : 2
      a2 mov : 1 absolute rax
      a3 mov : v absolute rax
      c6/0 mov : 1 immediate byte
      c7/0 mov : v immediate z
      np.0f38f1 movbe, 66.0f38f1 movbe : v
      np.0fc3 movnti, np.0f38f9 movdiri, np.0f38f6 wrss, 66.0f38f5 wruss : y reg
      66.0f38f8 movdir64b, f2.0f38f8 enqcmd, f3.0f38f8 enqcmds : 64 register
      0f90-9f set : 1
      np.0f01/7 clzero : 64 line
      6c ins : 1 string
      6d ins : z string
      a4 movs : 1 string
      a5 movs : v string
      aa stos : 1 string rax
      ab stos : v string rax

      50-57 push : stack push opcode
      68 push : stack push immediate z
      6a push : stack push immediate byte
      9c pushf, 0fa0 push, 0fa8 push, ff/6 push : stack push
      8f/0 pop : stack pop
      c8 enter : stack enter
      e8 call : 8 call z
      ff/2 call : 8 call
      ff/3 lcall : far call

      d9/2 fst, d9/3 fstp, db/1 fisttp, db/2 fist, db/3 fistp : 4
      dd/1 fisttp, dd/2 fst, dd/3 fstp, df/7 fistp : 8
      df/1 fisttp, df/2 fist, df/3 fistp, d9/7 fnstcw, dd/7 fnstsw : 2
      db/7 fstp, df/6 fbstp : 10
      d9/6 fnstenv : environment
      dd/6 fnsave : state
      np.0fae/0 fxsave : 512
      np.0fae/3 stmxcsr : 4
      np.0fae/4 xsave, np.0fae/6 xsaveopt, np.0fc7/4 xsavec, np.0fc7/5 xsaves : unknown
      0f00/0 sldt, 0f00/1 str, 0f01/4 smsw : 2
      0f01/0 sgdt, 0f01/1 sidt : 10
      np.0f78 vmread, np.0fc7/7 vmptrst : 8
      f3.0f01/5 rstorssp, f3.0fae/6 clrssbsy : 8 modify

      np.0f7e mov, 66.0f7e mov : y
      np.0f7f movq, np.0fe7 movntq, 66.0fd6 movq : 8
      np.0f13 movlps, 66.0f13 movlpd, np.0f17 movhps, 66.0f17 movhpd, f2.0f11 movsd : 8
      f3.0f11 movss, f3.0f2b movntss : 4
      f2.0f2b movntsd : 8
      np.0f11 movups, 66.0f11 movupd, np.0f29 movaps, 66.0f29 movapd, np.0f2b movntps : 16
      66.0f2b movntpd, 66.0f7f movdqa, f3.0f7f movdqu, 66.0fe7 movntdq : 16
      np.0ff7 maskmovq : 8 rdi
      66.0ff7 maskmovdqu : 16 rdi
      66.0f3a14 pextrb : 1 byte
      66.0f3a15 pextrw : 2 byte
      66.0f3a16 pextr : y byte
      66.0f3a17 extractps : 4 byte

      vex.np.0f11 vmovups, vex.66.0f11 vmovupd, vex.np.0f29 vmovaps, vex.66.0f29 vmovapd : vector
      vex.np.0f2b vmovntps, vex.66.0f2b vmovntpd, vex.66.0fe7 vmovntdq : vector
      vex.66.0f7f vmovdqa, vex.f3.0f7f vmovdqu : vector
      vex.66.w0.0f382e vmaskmovps, vex.66.w0.0f382f vmaskmovpd, vex.66.0f388e vpmaskmov : vector vvvv
      vex.f3.0f11 vmovss, vex.np.l0.0fae/3 vstmxcsr : 4
      vex.f2.0f11 vmovsd, vex.66.l0.0fd6 vmovq : 8
      vex.np.l0.0f13 vmovlps, vex.66.l0.0f13 vmovlpd, vex.np.l0.0f17 vmovhps : 8
      vex.66.l0.0f17 vmovhpd : 8
      vex.66.l0.0f7e vmov : y
      vex.66.l0.0ff7 vmaskmovdqu : 16 rdi
      vex.66.w0.l0.0f91 kmovb : 1
      vex.np.w0.l0.0f91 kmovw : 2
      vex.66.w1.l0.0f91 kmovd : 4
      vex.np.w1.l0.0f91 kmovq : 8
      vex.66.l0.0f3a14 vpextrb : 1 byte
      vex.66.l0.0f3a15 vpextrw : 2 byte
      vex.66.l0.0f3a16 vpextr : y byte
      vex.66.l0.0f3a17 vextractps : 4 byte
      vex.66.w0.l1.0f3a19 vextractf128, vex.66.w0.l1.0f3a39 vextracti128 : 16 byte
      vex.66.w0.0f3a1d vcvtps2ph : half byte
      vex.66.0f38e0-ef cmpxadd : y compare_add vvvv
      vex.f3.w0.l0.0f384b tilestored : unknown unknown
      vex.66.w0.l0.0f3849 sttilecfg : 64

      evex.np.w0.0f11 vmovups, evex.66.w1.0f11 vmovupd, evex.np.w0.0f29 vmovaps : vector
      evex.66.w1.0f29 vmovapd, evex.np.w0.0f2b vmovntps, evex.66.w1.0f2b vmovntpd : vector
      evex.66.w0.0fe7 vmovntdq, evex.66.0f7f vmovdqa, evex.f3.0f7f vmovdqu : vector
      evex.f2.0f7f vmovdqu : vector
      evex.f3.w0.0f11 vmovss : 4
      evex.f2.w1.0f11 vmovsd, evex.66.w1.l0.0fd6 vmovq : 8
      evex.np.w0.l0.0f13 vmovlps, evex.66.w1.l0.0f13 vmovlpd, evex.np.w0.l0.0f17 vmovhps : 8
      evex.66.w1.l0.0f17 vmovhpd : 8
      evex.66.l0.0f7e vmov : y
      evex.f3.w0.m511 vmovsh, evex.66.l0.m57e vmovw : 2
      evex.66.0f388a vcompressp, evex.66.0f388b vpcompress, evex.66.0f3863 vpcompress : vector elements
      evex.66.0f38a0-a3 scatter : unknown unknown
      evex.f3.w0.0f3810 vpmovuswb, evex.f3.w0.0f3813 vpmovusdw, evex.f3.w0.0f3815 vpmovusqd : half
      evex.f3.w0.0f3820 vpmovswb, evex.f3.w0.0f3823 vpmovsdw, evex.f3.w0.0f3825 vpmovsqd : half
      evex.f3.w0.0f3830 vpmovwb, evex.f3.w0.0f3833 vpmovdw, evex.f3.w0.0f3835 vpmovqd : half
      evex.f3.w0.0f3811 vpmovusdb, evex.f3.w0.0f3814 vpmovusqw, evex.f3.w0.0f3821 vpmovsdb : quarter
      evex.f3.w0.0f3824 vpmovsqw, evex.f3.w0.0f3831 vpmovdb, evex.f3.w0.0f3834 vpmovqw : quarter
      evex.f3.w0.0f3812 vpmovusqb, evex.f3.w0.0f3822 vpmovsqb, evex.f3.w0.0f3832 vpmovqb : eighth
      evex.66.l0.0f3a14 vpextrb : 1 byte
      evex.66.l0.0f3a15 vpextrw : 2 byte
      evex.66.l0.0f3a16 vpextr : y byte
      evex.66.l0.0f3a17 vextractps : 4 byte
      evex.66.l1.0f3a19 vextractf, evex.66.l1.0f3a39 vextracti : 16 byte
      evex.66.l2.0f3a19 vextractf, evex.66.l2.0f3a39 vextracti : 16 byte
      evex.66.l2.0f3a1b vextractf, evex.66.l2.0f3a3b vextracti : 32 byte
      evex.66.w0.0f3a1d vcvtps2ph : half byte
      """;

  static final FormTable TABLE = new FormTable(ROWS);

  private StoreForms() {}
}
