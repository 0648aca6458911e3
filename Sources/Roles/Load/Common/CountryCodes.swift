/// ISO 3166-1, written down here a second time so that the checker does not believe the pipeline's own table.
enum CountryCodes {
    /// Alpha-2 and alpha-3 side by side, in the alphabetical order of alpha-2, which is also their number in the
    /// stores.
    private static let table = """
        ADAND AEARE AFAFG AGATG AIAIA ALALB AMARM AOAGO AQATA ARARG ASASM ATAUT AUAUS AWABW AXALA AZAZE
        BABIH BBBRB BDBGD BEBEL BFBFA BGBGR BHBHR BIBDI BJBEN BLBLM BMBMU BNBRN BOBOL BQBES BRBRA BSBHS
        BTBTN BVBVT BWBWA BYBLR BZBLZ CACAN CCCCK CDCOD CFCAF CGCOG CHCHE CICIV CKCOK CLCHL CMCMR CNCHN
        COCOL CRCRI CUCUB CVCPV CWCUW CXCXR CYCYP CZCZE DEDEU DJDJI DKDNK DMDMA DODOM DZDZA ECECU EEEST
        EGEGY EHESH ERERI ESESP ETETH FIFIN FJFJI FKFLK FMFSM FOFRO FRFRA GAGAB GBGBR GDGRD GEGEO GFGUF
        GGGGY GHGHA GIGIB GLGRL GMGMB GNGIN GPGLP GQGNQ GRGRC GSSGS GTGTM GUGUM GWGNB GYGUY HKHKG HMHMD
        HNHND HRHRV HTHTI HUHUN IDIDN IEIRL ILISR IMIMN ININD IOIOT IQIRQ IRIRN ISISL ITITA JEJEY JMJAM
        JOJOR JPJPN KEKEN KGKGZ KHKHM KIKIR KMCOM KNKNA KPPRK KRKOR KWKWT KYCYM KZKAZ LALAO LBLBN LCLCA
        LILIE LKLKA LRLBR LSLSO LTLTU LULUX LVLVA LYLBY MAMAR MCMCO MDMDA MEMNE MFMAF MGMDG MHMHL MKMKD
        MLMLI MMMMR MNMNG MOMAC MPMNP MQMTQ MRMRT MSMSR MTMLT MUMUS MVMDV MWMWI MXMEX MYMYS MZMOZ NANAM
        NCNCL NENER NFNFK NGNGA NINIC NLNLD NONOR NPNPL NRNRU NUNIU NZNZL OMOMN PAPAN PEPER PFPYF PGPNG
        PHPHL PKPAK PLPOL PMSPM PNPCN PRPRI PSPSE PTPRT PWPLW PYPRY QAQAT REREU ROROU RSSRB RURUS RWRWA
        SASAU SBSLB SCSYC SDSDN SESWE SGSGP SHSHN SISVN SJSJM SKSVK SLSLE SMSMR SNSEN SOSOM SRSUR SSSSD
        STSTP SVSLV SXSXM SYSYR SZSWZ TCTCA TDTCD TFATF TGTGO THTHA TJTJK TKTKL TLTLS TMTKM TNTUN TOTON
        TRTUR TTTTO TVTUV TWTWN TZTZA UAUKR UGUGA UMUMI USUSA UYURY UZUZB VAVAT VCVCT VEVEN VGVGB VIVIR
        VNVNM VUVUT WFWLF WSWSM YEYEM YTMYT ZAZAF ZMZMB ZWZWE

        """
    private static let rows = table.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init)

    /// Alpha-2 codes by number.
    static let codes = rows.map { String($0.prefix(2)) }
    static let count = codes.count

    private static let numbers: [String: Int] = {
        var numbers = [String: Int]()
        for (number, row) in rows.enumerated() {
            numbers[String(row.prefix(2))] = number
            numbers[String(row.suffix(3))] = number
        }
        return numbers
    }()

    /// The number of an alpha-2 or alpha-3 code, any case; nil of what is neither.
    static func number(of code: String) -> Int? { numbers[code.uppercased()] }

    /// The number of two letters in capitals; nil of what is no alpha-2 code.
    static func number(of first: UInt8, _ second: UInt8) -> Int? {
        guard first >= 65, first <= 90, second >= 65, second <= 90 else { return nil }
        let number = byLetters[Int(first - 65) * 26 + Int(second - 65)]
        return number < 0 ? nil : number
    }

    private static let byLetters: [Int] = {
        var numbers = [Int](repeating: -1, count: 26 * 26)
        for (number, code) in codes.enumerated() {
            let letters = Array(code.utf8)
            numbers[Int(letters[0] - 65) * 26 + Int(letters[1] - 65)] = number
        }
        return numbers
    }()
}

/// The three weathers by number, and their letters in the ledger.
enum WeatherCodes {
    static let names = ["rainy", "cloudy", "sunny"]
    static let letters = Array("RCS".utf8)

    private static let words = [
        "rainy": 0, "lluvioso": 0, "cloudy": 1, "nubloso": 1, "nublado": 1, "sunny": 2, "soleado": 2,
    ]

    /// The number of a word of the contract, any case; nil of every other.
    static func number(of word: String) -> Int? { words[word.lowercased()] }

    static func number(ofLetter letter: UInt8) -> Int? { letters.firstIndex(of: letter) }
}
