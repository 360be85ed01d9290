/** First labels of providers that use many top-level domains: `yahoo.co.uk`, `hotmail.fr`. */
export const freemailFamilies: ReadonlySet<string> = new Set(
  "yahoo hotmail outlook live gmx ymail rocketmail".split(" "),
);

/** Domains in which anybody can have a mailbox, with those of large access providers. */
export const freemailDomains: ReadonlySet<string> = new Set(
  `gmail.com googlemail.com msn.com passport.com windowslive.com icloud.com me.com mac.com aol.com aol.de aim.com
  proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tutamail.com tuta.io tuta.com keemail.me
  fastmail.com fastmail.fm hey.com zoho.com zohomail.com zohomail.eu mail.com email.com usa.com consultant.com
  post.com europe.com engineer.com dr.com myself.com inbox.com hushmail.com hush.com runbox.com posteo.de posteo.net
  mailbox.org mailfence.com disroot.org riseup.net startmail.com countermail.com duck.com simplelogin.com
  web.de freenet.de t-online.de arcor.de online.de vodafone.de kabelmail.de o2online.de email.de unity-mail.de
  bluewin.ch hispeed.ch sunrise.ch gmx.net gmx.de aon.at chello.at a1.net
  orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr numericable.fr club-internet.fr aliceadsl.fr
  libero.it virgilio.it tiscali.it alice.it tin.it tim.it fastwebnet.it inwind.it iol.it email.it
  telefonica.net terra.es movistar.es ono.com sapo.pt netcabo.pt
  btinternet.com btopenworld.com sky.com virginmedia.com ntlworld.com blueyonder.co.uk talktalk.net tiscali.co.uk
  plusnet.com eircom.net
  ziggo.nl kpnmail.nl planet.nl hetnet.nl home.nl xs4all.nl casema.nl upcmail.nl telenet.be skynet.be proximus.be
  telia.com comhem.se bredband.net spray.se tele2.se online.no broadpark.no tdcadsl.dk mail.dk jubii.dk elisanet.fi
  kolumbus.fi luukku.com suomi24.fi
  wp.pl o2.pl onet.pl onet.eu op.pl interia.pl interia.eu poczta.fm tlen.pl gazeta.pl seznam.cz email.cz centrum.cz
  volny.cz post.cz azet.sk centrum.sk zoznam.sk freemail.hu citromail.hu abv.bg mail.bg ukr.net i.ua meta.ua
  mail.ru inbox.ru list.ru bk.ru internet.ru yandex.ru yandex.com ya.ru rambler.ru lenta.ru autorambler.ru
  comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net juno.com
  netzero.net optonline.net frontier.com frontiernet.net windstream.net centurylink.net embarqmail.com q.com
  roadrunner.com rr.com mindspring.com peoplepc.com prodigy.net
  rogers.com shaw.ca sympatico.ca bell.net telus.net videotron.ca cogeco.ca
  bigpond.com bigpond.net.au optusnet.com.au iinet.net.au tpg.com.au xtra.co.nz
  uol.com.br bol.com.br terra.com.br ig.com.br globo.com oi.com.br r7.com
  qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com tom.com 139.com 189.cn aliyun.com 21cn.com
  naver.com hanmail.net daum.net nate.com kakao.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp nifty.com biglobe.ne.jp
  rediffmail.com indiatimes.com sify.com walla.com walla.co.il netvision.net.il mynet.com
  mailinator.com guerrillamail.com yopmail.com 10minutemail.com trashmail.com temp-mail.org sharklasers.com`
    .split(/\s+/)
    .filter((domain) => domain !== ""),
);
