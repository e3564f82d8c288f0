/// The look of the published guide: large type, strong contrast, nothing that moves, and on paper what is on the
/// screen.
enum GuideStyle {
  static let sheet = """
    :root { --ink: #111; --quiet: #444; --line: #999; --back: #fff; --tint: #f2f5fa; --mark: #8a1500;
      --accent: #123a7a; }
    * { box-sizing: border-box; }
    body { margin: 0 auto; padding: 1.2rem; max-width: 48rem; background: var(--back); color: var(--ink);
      font: 1.3rem/1.75 "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", sans-serif; }
    h1 { font-size: 2.1rem; line-height: 1.35; margin: .3rem 0 .8rem; }
    h2 { font-size: 1.65rem; margin: 2.2rem 0 .6rem; padding-bottom: .2rem; border-bottom: .2rem solid var(--accent); }
    h3 { font-size: 1.4rem; margin: .2rem 0 .5rem; }
    p, ul, ol, dl { margin: .5rem 0; }
    li { margin: .35rem 0; }
    a { color: var(--accent); text-underline-offset: .2em; }
    a:focus { outline: .2rem solid var(--accent); outline-offset: .15rem; }
    nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .4rem 1.4rem; }
    .matters { list-style: none; padding: 0; }
    .matters a { display: block; padding: .6rem .4rem; border-bottom: 1px solid var(--line); }
    .draft { border: .2rem solid var(--mark); color: var(--mark); padding: .5rem .9rem; font-weight: bold; }
    .quiet { color: var(--quiet); font-size: 1.1rem; }
    .card { border: 1px solid var(--line); border-radius: .5rem; padding: .8rem 1rem; margin: .9rem 0;
      background: var(--tint); }
    .card dl { display: grid; grid-template-columns: 7.2em 1fr; gap: .2rem .6rem; }
    dt { font-weight: bold; }
    dd { margin: 0; }
    .big { font-size: 1.6rem; font-weight: bold; }
    table { width: 100%; border-collapse: collapse; margin: .6rem 0; }
    th, td { border: 1px solid var(--line); padding: .45rem .6rem; text-align: left; vertical-align: top; }
    thead th { background: var(--tint); }
    svg { width: 100%; height: auto; }
    svg text { font: 20px "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", sans-serif; fill: var(--ink); }
    footer { margin-top: 3rem; border-top: 1px solid var(--line); }
    @media (max-width: 36rem) {
      .card dl { grid-template-columns: 1fr; }
      thead { display: none; }
      tr { display: block; border: 1px solid var(--line); margin: .6rem 0; }
      th, td { display: block; border: 0; }
      td::before { content: attr(data-label) "："; font-weight: bold; }
    }
    @media print {
      @page { margin: 16mm 14mm; }
      body { max-width: none; padding: 0; font-size: 14pt; }
      nav { display: none; }
      .card, tr, svg, .draft { break-inside: avoid; }
      h2, h3 { break-after: avoid; }
      a { color: inherit; text-decoration: none; }
    }
    """
}
