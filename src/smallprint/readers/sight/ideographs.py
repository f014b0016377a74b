"""Chinese characters that the embedded reader knows.

In: nothing. Out: `IDEOGRAPHS`, the wide characters of its second alphabet, in an order that is part of the trained weights: append, never
insert. They are the punctuation of Chinese print, the wide forms of ASCII, the 6,763 ideographs of GB 2312 (1980; both levels) in its
order, and 390 more that three classic novels and XQuAD have. No kana, no Hangul, and of the traditional forms only those among these.
"""

from __future__ import annotations

_MARKS = "、。〃々〇〈〉《》「」『』【】〔〕〖〗"
_WIDE_ASCII = "".join(map(chr, range(0xFF01, 0xFF5F))) + "￥"
_MORE = (
    "乂亹伷佇俫俵倅倈倐傕傞僝僽儁儾內冓刬劖勅勑勣匄厔叆叇吅吽咇咥咶哃唎唝唵啅啈啯喨嗐嗗嗛嘑噀噇噭噹囒囧囷圞垕塵墵壎夬姌姢姮姽婳媖嬝寔尪屄"
    "崒崚嵂嵎嶒嶲巉帓廙弇彧怬恓悮惇惓愬慄慓慽懞扆扠扢抅拑挜挦捘捽掤掯揌揝揫揾搊搕搧搫搲撚敔敧斝旂旙旻晙杻枒枓枹柮棬楙楟楯榾槃槅槺樋橦櫊毧"
    "毩毬氺汙沍涴淯渰湅湲滉漷潠濛濦濬瀼灒炁烝焃焜焫煠煼熌熝熯爇爊牁牂牸犺犼狔狝狢狤猇猍獝玕玠玨珝珪珮珰琗瑀瑠瑯璆璝璿瓘瓟畤畯疢瘖皐皘皻盞"
    "盩睆睍睖睮睳睺瞋瞔矴確磾礰祇祎祐祶秇秬秾窊窎筜筼箓篏簆籥糰紞絏絯綆綝縠縺纮纻罍罦罬罽羑羕翛耑肐膭艎苾茝荙莙菂菑菾葹蒩蒭蓏薋蘋蘛虀蜋蜺"
    "蟟蟭蠙蠫衕衠袛裀裩褭襕覈觔謑譔诐谞豝豨賨赑赥趫趷跘跶跼踘踡蹅蹍蹐蹡蹱蹻躄躘躧軃轘辿迍遙邅邷邽郃郤郿鄠酂酕醁醄醽釭釿鈇鈚鋘鐄鐏鑨钁铇镕"
    "镵闇阇雝靦靬靸靿鞄鞦韂顑顒顗顛類飏飐飖餂餪饳馉駃駔駬駼騂騄騊騔騕騠骕骦髽鬅鬘魀鮆鯾鱑鱨鲊鲌鲙鲝鳠鳷鴏鷃鷫鸮鹐鹥麖鼕齁齆龁"
)  # fmt: skip


def _gb_2312() -> str:
    """Rows 16 to 87 of the standard; five places in row 55 are empty."""
    pairs = bytes(byte for row in range(0xB0, 0xF8) for column in range(0xA1, 0xFF) for byte in (row, column))
    return pairs.decode("gb2312", "ignore")


IDEOGRAPHS = _MARKS + _WIDE_ASCII + _gb_2312() + _MORE
