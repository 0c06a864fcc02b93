"""Mail providers and shared sites: mailbox rules, free mail, and hosts that are no company's own.

A rule folds two addresses into one blocking key, so it is listed only where the provider is known to
deliver both to one mailbox. Read at the provider: Fastmail's plus tags
(https://www.fastmail.help/hc/en-us/articles/360060591053) and Proton's
(https://proton.me/support/addresses-and-aliases). Known from reports of others: Google's dots, plus tags
and googlemail.com, Microsoft's plus tags at its consumer domains (since 2013), Apple's plus tags.

Apple says that older accounts have both @me.com and @icloud.com (https://support.apple.com/118230), not
that equal names are one account, so its domains stay apart. Custom domains are never folded. The lists of
domains are a selection by hand: a national domain that is missing is only not folded, a missing free-mail
domain flags strangers as colleagues.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MailboxRule:
    """How one provider's addresses map to mailboxes: plus tags always end the name; dots only at Google."""

    domain: str
    dots_ignored: bool = False


_MICROSOFT_TEXT = """
outlook.com hotmail.com live.com msn.com passport.com windowslive.com hotmail.be hotmail.ca hotmail.ch
hotmail.cl hotmail.co.il hotmail.co.in hotmail.co.jp hotmail.co.kr hotmail.co.th hotmail.co.uk hotmail.co.za
hotmail.com.ar hotmail.com.au hotmail.com.br hotmail.com.hk hotmail.com.tr hotmail.com.tw hotmail.cz
hotmail.de hotmail.dk hotmail.es hotmail.fi hotmail.fr hotmail.gr hotmail.hu hotmail.it hotmail.nl
hotmail.no hotmail.ph hotmail.rs hotmail.se hotmail.sg live.at live.be live.ca live.cl live.cn live.co.in
live.co.kr live.co.uk live.co.za live.com.ar live.com.au live.com.mx live.com.my live.com.pt live.com.sg
live.de live.dk live.fi live.fr live.hk live.ie live.in live.it live.jp live.nl live.no live.ru live.se
outlook.at outlook.be outlook.cl outlook.co.id outlook.co.il outlook.co.nz outlook.co.th outlook.com.ar
outlook.com.au outlook.com.br outlook.com.gr outlook.com.pe outlook.com.tr outlook.com.vn outlook.cz
outlook.de outlook.dk outlook.es outlook.fr outlook.hu outlook.ie outlook.in outlook.it outlook.jp
outlook.kr outlook.lv outlook.my outlook.ph outlook.pt outlook.sa outlook.sg outlook.sk
"""
_MICROSOFT = _MICROSOFT_TEXT.split()
_APPLE = ("icloud.com", "me.com", "mac.com")
_PROTON = ("proton.me", "protonmail.com", "protonmail.ch", "pm.me")
_FASTMAIL = ("fastmail.com", "fastmail.fm")

MAILBOX_RULES: dict[str, MailboxRule] = {
    **{domain: MailboxRule("gmail.com", dots_ignored=True) for domain in ("gmail.com", "googlemail.com")},
    **{domain: MailboxRule(domain) for domain in (*_MICROSOFT, *_APPLE, *_PROTON, *_FASTMAIL)},
}

# The second-level example domains are reserved for documentation (RFC 2606), so nobody's company.
_FREE_MAIL_DOMAINS_TEXT = """
example.com example.net example.org yahoo.com ymail.com rocketmail.com yahoo.ca yahoo.co.id yahoo.co.in
yahoo.co.jp yahoo.co.kr yahoo.co.nz yahoo.co.th yahoo.co.uk yahoo.com.ar yahoo.com.au yahoo.com.br
yahoo.com.cn yahoo.com.hk yahoo.com.mx yahoo.com.my yahoo.com.ph yahoo.com.sg yahoo.com.tr yahoo.com.tw
yahoo.com.vn yahoo.de yahoo.dk yahoo.es yahoo.fr yahoo.gr yahoo.ie yahoo.in yahoo.it yahoo.no yahoo.pl
yahoo.ro yahoo.se aol.com aim.com aol.co.uk aol.de aol.fr verizon.net att.net bellsouth.net comcast.net
sbcglobal.net cox.net charter.net earthlink.net mindspring.com juno.com optonline.net frontier.com
rogers.com shaw.ca sympatico.ca gmx.com gmx.de gmx.net gmx.at gmx.ch gmx.fr web.de freenet.de t-online.de
arcor.de mail.de posteo.de tutanota.com tuta.io tutamail.com hey.com zoho.com zohomail.com zohomail.eu
mail.com email.com usa.com inbox.com hushmail.com duck.com mailbox.org yandex.ru yandex.com ya.ru mail.ru
bk.ru inbox.ru list.ru rambler.ru ukr.net i.ua abv.bg seznam.cz centrum.cz email.cz azet.sk wp.pl o2.pl
onet.pl interia.pl op.pl gazeta.pl orange.fr wanadoo.fr free.fr sfr.fr laposte.net neuf.fr bbox.fr skynet.be
telenet.be libero.it virgilio.it tiscali.it alice.it tin.it terra.com.br uol.com.br bol.com.br ig.com.br
globo.com telefonica.net sapo.pt btinternet.com sky.com talktalk.net virginmedia.com ntlworld.com
blueyonder.co.uk bluewin.ch ziggo.nl kpnmail.nl xs4all.nl planet.nl telia.com online.no bigpond.com
optusnet.com.au xtra.co.nz rediffmail.com sify.com qq.com foxmail.com 163.com 126.com yeah.net sina.com
sina.cn sohu.com naver.com hanmail.net daum.net kakao.com nate.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp
nifty.com
"""
FREE_MAIL_DOMAINS: frozenset[str] = frozenset(MAILBOX_RULES) | frozenset(_FREE_MAIL_DOMAINS_TEXT.split())

_SHARED_SITES_TEXT = """
facebook.com linkedin.com instagram.com twitter.com x.com youtube.com tiktok.com pinterest.com google.com
linktr.ee medium.com crunchbase.com wikipedia.org amazon.com etsy.com ebay.com yelp.com t.me wa.me bit.ly
goo.gl tinyurl.com notion.site sec.gov bloomberg.com
"""
SHARED_SITES: frozenset[str] = frozenset(_SHARED_SITES_TEXT.split())
