"""The schemes of Apprise's addresses that may be used.

Their services are reached by the package `requests` alone, which is guarded.

Not among them: what opens sockets of its own (`mailto:`, `mqtt:`, `irc:` …), and what stays on this machine (`syslog:`, `dbus:`,
`windows:` …). `tests/unit/channels/test_destination_schemes.py` compares the list with the sources of Apprise.
"""

_NAMES = """
    46elks acs apprise apprises atalk awswhatsapp azure bale bark barks betterstack brevo bulksms bulkvs burstsms chanify
    clickatell clicksend cliq cm d7sms dapnet dingtalk discord dot eight00com elks emby embys enigma2 enigma2s evolution evolutions
    exotel fcm feishu firehydrant flock flowtriq flowtriqs fluxer fluxers form forms freemobile gchat github goalert goalerts gorush
    gorushs gotify gotifys groundmail groupme guilded gupshup hassio hassios httpsms humhub humhubs ifttt ilert incidentio infobip
    instagram jellyfin jellyfins jira join json jsons kakao kakaotalk kaleyra kavenegar klr kodi kodis kook kudosity kumulos lametric
    lametrics lark lauther lfg line mailersend mailgun mastodon mastodons misskey misskeys mmost mmosts mobilemessage mobilemsg msg91
    msgbird ncloud nclouds nctalk nctalks nexmo notica noticas notifiarr notifico notificos notifyapp notifyre ntfy ntfys o365
    octopush onebot onebots onesignal opsgenie opsimate opsimates pagerduty pagertree parsep parseps pbul pinglet pinglets pingram
    pjet pjets plivo postmark pover prowl psafer psafers push pushdeer pushdeers pushed pushme pushplus pushward pushy qq reddit
    resend revolt ringc rocket rockets ryver schan sendgrid sendpulse serwersms ses session sessions seven sfr signal signalgrid
    signals signl4 simplepush sinch slack smsc smseagle smseagles smsmanager smsmgr smstunnel smtp2go sns sogs sparkpost spike splunk
    spugpush spush squadcast stackfield strmlabs synology synologys telesign telnyx tgram threema toot toots trigv trigvs twilio twist
    viber victorops voipms vonage webex wechat wecom wecombot whapi whatsapp workflow workflows wpush wxpusher wxteams xbmc xbmcs
    xmatters xml xmls youlmk zalo zcliq zohocliq zoom zulip
"""

ALLOWED = frozenset(_NAMES.split())
