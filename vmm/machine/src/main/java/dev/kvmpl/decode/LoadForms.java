// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.decode;

/**
 * Forms of instructions that load from memory in 64-bit mode and do not store to the same place, in
 * the rows of a {@link FormTable}: those that compilers make of C, with SSE, and those that kernels
 * are written with; of AVX the moves, broadcasts and what compilers vectorise to. The others, of
 * which gathering ones and far returns are some, are not here.
 */
final class LoadForms {
  private static final String ROWS =
      """
      02 add, 0a or, 12 adc, 1a sbb, 22 and, 2a sub, 32 xor, 38 cmp, 3a cmp, 84 test : 1
      03 add, 0b or, 13 adc, 1b sbb, 23 and, 2b sub, 33 xor, 39 cmp, 3b cmp, 85 test : v
      80/7 cmp, f6/0 test, f6/1 test : 1 byte
      81/7 cmp, f7/0 test, f7/1 test : v z
      83/7 cmp : v byte
      f6/4 mul, f6/5 imul, f6/6 div, f6/7 idiv : 1
      f7/4 mul, f7/5 imul, f7/6 div, f7/7 idiv, 0faf imul, 0f40-4f cmov : v
      69 imul : v z
      6b imul : v byte
      8a mov, 0fb6 movzx, 0fbe movsx : 1
      8b mov, f3.0fb8 popcnt, np.0fbc-bd bsf, 66.0fbc-bd bsf, f3.0fbc-bd tzcnt : v
      8e mov, 0fb7 movzx, 0fbf movsx, 0f02 lar, 0f03 lsl : 2
      np.63 movsxd, f2.63 movsxd, f3.63 movsxd : 4
      a0 mov : 1 absolute
      a1 mov : v absolute
      0fa3 bt : v bits
      0fba/4 bt : v byte
      np.0f38f0 movbe, 66.0f38f0 movbe, f2.0f38f1 crc32 : v
      f2.0f38f0 crc32 : 1
      66.0f38f6 adcx, f3.0f38f6 adox : y
      d7 xlat : 1 xlat
      a4 movs, a6 cmps, ac lods, 6e outs : 1 source
      a5 movs, a7 cmps, ad lods : v source
      6f outs : z source
      ae scas : 1 string
      af scas : v string
      58-5f pop, 8f/0 pop, 9d popf, 0fa1 pop, 0fa9 pop : stack top
      c3 ret : 8 top
      c2 ret : 8 top word
      c9 leave : stack frame
      ff/2 call, ff/4 jmp : 8
      ff/6 push : stack
      0f00/2 lldt, 0f00/3 ltr, 0f00/4 verr, 0f00/5 verw, 0f01/6 lmsw : 2
      0f01/2 lgdt, 0f01/3 lidt : 10
      np.0fae/1 fxrstor : 512
      np.0fae/2 ldmxcsr : 4
      np.0fae/5 xrstor, np.0fc7/3 xrstors : unknown
      np.0fae/7 clflush : 1

      d8 fadd, da fiadd, d9/0 fld, db/0 fild : 4
      dc fadd, dd/0 fld, df/5 fild : 8
      de fiadd, df/0 fild, d9/5 fldcw : 2
      db/5 fld, df/4 fbld : 10
      d9/4 fldenv : environment
      dd/4 frstor : state

      np.0f10 movups, 66.0f10 movupd, np.0f28 movaps, 66.0f28 movapd : 16
      66.0f6f movdqa, f3.0f6f movdqu, f2.0ff0 lddqu, 66.0f382a movntdqa : 16
      f3.0f12 movsldup, f3.0f16 movshdup, np.0f14-15 unpck, 66.0f14-15 unpck : 16
      f3.0f10 movss : 4
      f2.0f10 movsd, np.0f12 movlps, 66.0f12 movlpd, np.0f16 movhps, 66.0f16 movhpd : 8
      f2.0f12 movddup, f3.0f7e movq, np.0f6f movq : 8
      np.0f6e mov, 66.0f6e mov, f3.0f2a cvtsi2ss, f2.0f2a cvtsi2sd : y
      np.0f2a cvtpi2ps, 66.0f2a cvtpi2pd, np.0f2c-2d cvtps2pi, f2.0f2c-2d cvtsd2si : 8
      66.0f2c-2d cvtpd2pi : 16
      f3.0f2c-2d cvtss2si, np.0f2e-2f comiss : 4
      66.0f2e-2f comisd : 8
      np.0f51-59 sqrtps, 66.0f51 sqrtpd, 66.0f54-59 addpd, np.0f5c-5f subps, 66.0f5c-5f subpd : 16
      f3.0f51-53 sqrtss, f3.0f58-59 addss, f3.0f5c-5f subss : 4
      f2.0f51 sqrtsd, f2.0f58-59 addsd, f2.0f5c-5f subsd : 8
      np.0f5a cvtps2pd, f2.0f5a cvtsd2ss, f3.0fe6 cvtdq2pd : 8
      66.0f5a cvtpd2ps, np.0f5b cvtdq2ps, 66.0f5b cvtps2dq, f3.0f5b cvttps2dq : 16
      66.0fe6 cvttpd2dq, f2.0fe6 cvtpd2dq : 16
      f3.0f5a cvtss2sd, np.0f60-62 punpckl : 4
      np.0f63-6b pack, np.0f74-76 pcmpeq, np.0fd1-d5 padd, np.0fd8-df psub : 8
      np.0fe0-e5 pavg, np.0fe8-ef por, np.0ff1-f6 psll, np.0ff8-fe psub : 8
      66.0f60-6d punpck, 66.0f74-76 pcmpeq, 66.0fd1-d5 padd, 66.0fd8-df psub : 16
      66.0fe0-e5 pavg, 66.0fe8-ef por, 66.0ff1-f6 psll, 66.0ff8-fe psub : 16
      66.0f7c-7d hadd, f2.0f7c-7d hadd, 66.0fd0 addsub, f2.0fd0 addsub : 16
      np.0f70 pshuf : 8 byte
      66.0f70 pshuf, f3.0f70 pshuf, f2.0f70 pshuf, np.0fc6 shufps, 66.0fc6 shufpd : 16 byte
      np.0fc2 cmpps, 66.0fc2 cmppd : 16 byte
      f3.0fc2 cmpss : 4 byte
      f2.0fc2 cmpsd : 8 byte
      np.0fc4 pinsrw, 66.0fc4 pinsrw : 2 byte
      np.0f3800-0b pshufb, np.0f381c-1e pabs : 8
      66.0f3800-0b pshufb, 66.0f381c-1e pabs, 66.0f3810 pblendvb, 66.0f3814-15 blendv : 16
      66.0f3817 ptest, 66.0f3828-29 pmuldq, 66.0f382b packusdw, 66.0f3837-41 pcmpgtq : 16
      66.0f38db-df aes, np.0f38c8-cd sha : 16
      66.0f3820 pmovsxbw, 66.0f3823 pmovsxwd, 66.0f3825 pmovsxdq : 8
      66.0f3830 pmovzxbw, 66.0f3833 pmovzxwd, 66.0f3835 pmovzxdq : 8
      66.0f3821 pmovsxbd, 66.0f3824 pmovsxwq, 66.0f3831 pmovzxbd, 66.0f3834 pmovzxwq : 4
      66.0f3822 pmovsxbq, 66.0f3832 pmovzxbq : 2
      66.0f3a08-09 round, 66.0f3a0c-0f blend, 66.0f3a40-42 dpps, 66.0f3a44 pclmulqdq : 16 byte
      66.0f3a60-63 pcmpstr, 66.0f3adf aeskeygenassist, np.0f3acc sha1rnds4 : 16 byte
      66.0f3a0a roundss, 66.0f3a21 insertps : 4 byte
      66.0f3a0b roundsd, np.0f3a0f palignr : 8 byte
      66.0f3a20 pinsrb : 1 byte
      66.0f3a22 pinsr : y byte

      vex.np.0f10 vmovups, vex.66.0f10 vmovupd, vex.np.0f28 vmovaps, vex.66.0f28 vmovapd : vector
      vex.66.0f6f vmovdqa, vex.f3.0f6f vmovdqu, vex.f2.0ff0 vlddqu, vex.66.0f3817 vptest : vector
      vex.f3.0f10 vmovss, vex.66.w0.0f3818 vbroadcastss, vex.66.w0.0f3858 vpbroadcastd : 4
      vex.f2.0f10 vmovsd, vex.f3.l0.0f7e vmovq, vex.66.w0.0f3859 vpbroadcastq : 8
      vex.66.w0.l1.0f3819 vbroadcastsd : 8
      vex.66.w0.l1.0f381a vbroadcastf128, vex.66.w0.l1.0f385a vbroadcasti128 : 16
      vex.66.w0.0f3878 vpbroadcastb : 1
      vex.66.w0.0f3879 vpbroadcastw : 2
      vex.66.l0.0f6e vmov : y
      vex.np.0f54-59 vadd, vex.66.0f54-59 vadd, vex.np.0f5c-5f vsub, vex.66.0f5c-5f vsub : vector vvvv
      vex.66.0f60-6d vpunpck, vex.66.0f74-76 vpcmpeq, vex.66.0fd4-d5 vpadd : vector vvvv
      vex.66.0fd8-df vpsub, vex.66.0fe0 vpavgb, vex.66.0fe3-e5 vpavg : vector vvvv
      vex.66.0fe8-ef vpor, vex.66.0ff4-f6 vpmul, vex.66.0ff8-fe vpsub : vector vvvv
      vex.66.0f3800-0b vpshufb : vector vvvv
      vex.f3.0f58-59 vaddss, vex.f3.0f5c-5f vsubss : 4 vvvv
      vex.f2.0f58-59 vaddsd, vex.f2.0f5c-5f vsubsd : 8 vvvv
      vex.66.w0.l1.0f3a18 vinsertf128, vex.66.w0.l1.0f3a38 vinserti128 : 16 byte vvvv
      vex.np.l0.0f38f2 andn, vex.np.l0.0f38f5 bzhi, vex.np.l0.0f38f7 bextr : y vvvv
      vex.f3.l0.0f38f5 pext, vex.f2.l0.0f38f5 pdep, vex.f2.l0.0f38f6 mulx : y vvvv
      vex.66.l0.0f38f7 shlx, vex.f3.l0.0f38f7 sarx, vex.f2.l0.0f38f7 shrx : y vvvv
      vex.f2.l0.0f3af0 rorx : y byte

      evex.np.w0.0f10 vmovups, evex.66.w1.0f10 vmovupd, evex.np.w0.0f28 vmovaps : vector
      evex.66.w1.0f28 vmovapd, evex.66.0f6f vmovdqa, evex.f3.0f6f vmovdqu : vector
      evex.f2.0f6f vmovdqu : vector
      """;

  /** Where such an instruction loads from; the first place, if there are two. */
  static final FormTable TABLE = new FormTable(ROWS);

  /** Where some load from besides. */
  static final FormTable SECOND =
      new FormTable(
          """
          a6 cmps : 1 string
          a7 cmps : v string
          """);

  private LoadForms() {}
}
